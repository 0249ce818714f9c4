//: intent = "Spoils its parent, the slot's zygote: its limits, CPUs, priority."
//: control = { run = "$PROGRAM; :" }
#include "attack.h"
#include <sched.h>
#include <sys/resource.h>

int main(void) {
    // Its group has no number in here (0 would be our own).
    pid_t parent = getppid(), group = getpgid(parent);
    struct rlimit few = {32, 32};
    cpu_set_t one;
    struct sched_param none = {0};
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    if (syscall(SYS_prlimit64, parent, RLIMIT_NOFILE, &few, NULL) == 0)
        escaped("its open files are limited");
    if (syscall(SYS_prlimit64, parent | 1L << 32, RLIMIT_NOFILE, &few, NULL) == 0)
        escaped("its open files are limited, by a number with high bits");
    if (sched_setaffinity(parent, sizeof one, &one) == 0)
        escaped("it is bound to one CPU");
    if (setpriority(PRIO_PROCESS, parent, 19) == 0 || (group > 0 && setpriority(PRIO_PGRP, group, 19) == 0))
        escaped("its priority is lowered");
    if (syscall(SYS_ioprio_set, 1, parent, 3 << 13) == 0)
        escaped("its I/O priority is lowered");
    if (sched_setscheduler(parent, 5, &none) == 0)
        escaped("it runs when nobody else does");
    contained();
}
