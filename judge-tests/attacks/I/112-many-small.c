//: intent = "Fifteen processes with strange names, none of which has much: their memory adds up, whatever stands in /proc/PID/stat before the numbers."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"
#include <sys/prctl.h>

int main(void) {
    const char *names[] = {") R 1 1 1", "\xff\xfe\x80", "a\nVmPTE: 0 kB", ") ) )(", "", "Z"};
    int ready[2];
    pipe(ready);
    for (int i = 0; i < 14; i++)
        if (fork() == 0) {
            prctl(PR_SET_NAME, names[i % 6]);
            volatile char *memory = malloc(9 << 20);
            for (int at = 0; at < 9 << 20; at += 4096)
                memory[at] = 1;
            write(ready[1], "x", 1);
            sleep(1);
            _exit(0);
        }
    for (int i = 0; i < 14; i++)
        read(ready[0], names, 1);
    usleep(200000);
    escaped("126 MiB in 14 processes");
}
