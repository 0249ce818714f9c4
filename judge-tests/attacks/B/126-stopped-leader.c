//: intent = "The first process stops itself, its child is a session of its own that works at the lowest priority there is."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 120000 }
#include "attack.h"
#include <sched.h>

int main(void) {
    struct sched_param none = {0};
    if (fork() == 0) {
        setsid();
        sched_setscheduler(0, SCHED_IDLE, &none);
        burn(2);
        kill(getppid(), SIGCONT);
        pause();
    }
    raise(SIGSTOP);
    escaped("2 s of CPU time");
}
