//: intent = "Takes every CPU there is: for itself, for a thread, for a child, with guesses at what opens the call."
//: control = { run = "taskset -c 0 $PROGRAM" }
#include "attack.h"
#include <pthread.h>
#include <sched.h>

static cpu_set_t all;

static long take(pid_t whom, long guess) { return syscall(SYS_sched_setaffinity, whom, sizeof all, &all, 0, 0, guess); }

static void *thread(void *wide) {
    if (take(0, 0) == 0 || take((pid_t)syscall(SYS_gettid), 0) == 0)
        *(int *)wide = 1;
    return NULL;
}

int main(void) {
    int wide = 0, status;
    cpu_set_t before, after;
    pthread_t other;
    memset(&all, 0xff, sizeof all);
    sched_getaffinity(0, sizeof before, &before);
    for (long guess = -64; guess < 64; guess++)
        wide |= take(0, guess) == 0;
    if (pthread_create(&other, NULL, thread, &wide) == 0)
        pthread_join(other, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(take(0, 0) == 0);
    wide |= take(child, 0) == 0;
    waitpid(child, &status, 0);
    wide |= status != 0;
    sched_getaffinity(0, sizeof after, &after);
    if (wide)
        escaped("%d CPUs, and %d before", CPU_COUNT(&after), CPU_COUNT(&before));
    contained();
}
