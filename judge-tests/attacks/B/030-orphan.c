//: intent = "Leaves an orphan that burns CPU time: it ends with the leader, and what it burnt counts."
//: also = { "tests.0.cpu_time_ms" = { at_least = 150 }, "tests.0.wall_time_ms" = { at_most = 2000 } }
#include "attack.h"

int main(void) {
    pid_t orphan = fork();
    if (orphan == 0)
        for (;;)
            ;
    // Until it has burnt 0.2 s by its own clock.
    clockid_t clock;
    struct timespec t = {0};
    clock_getcpuclockid(orphan, &clock);
    while (clock_gettime(clock, &t) == 0 && t.tv_sec == 0 && t.tv_nsec < 200000000)
        usleep(5000);
    if (is_control() && kill(orphan, 0) == 0)
        escaped("an orphan burns on");
    contained();
}
