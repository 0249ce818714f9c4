//: intent = "Fills the queues of sockets."
//: verdict = ["AC", "MLE"]
//: why = "in cgroup2 mode what lies in sockets counts as memory"
//: control = { ulimit = "-n 1024" }
#include "attack.h"
#include <sys/socket.h>

int main(void) {
    static char block[65536];
    long held = 0;
    for (int ends[2]; socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0 && held < 64 << 20;)
        for (int i = 0; i < 2; i++)
            for (ssize_t n; (n = write(ends[i], block, sizeof block)) > 0;)
                held += n;
    if (held >= 64 << 20)
        escaped("%ld bytes in sockets", held);
    contained();
}
