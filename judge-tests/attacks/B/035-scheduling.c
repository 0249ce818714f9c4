//: intent = "Alarms, all CPUs, another scheduling class: the meter stays what it is."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"
#include <sched.h>
#include <sys/resource.h>

int main(void) {
    cpu_set_t all;
    struct sched_param none = {0};
    memset(&all, 0xff, sizeof all);
    if (sched_setaffinity(0, sizeof all, &all) == 0 && !is_control())
        escaped("it may use every CPU");
    sched_setscheduler(0, SCHED_BATCH, &none);
    setpriority(PRIO_PROCESS, 0, 10);
    signal(SIGALRM, SIG_IGN);
    alarm(1);
    burn(3);
    escaped("3 s of CPU time");
}
