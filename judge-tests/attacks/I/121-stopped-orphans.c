//: intent = "Leaves processes that are stopped, that wait in vfork, that are half-way through execve: all of them end."
#include "attack.h"

int main(int argc, char **argv) {
    if (argc > 1)
        _exit(0);
    pid_t stopped = fork();
    if (stopped == 0)
        for (;;)
            kill(getpid(), SIGSTOP);
    if (fork() == 0) {
        setsid();
        if (vfork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
    if (fork() == 0)
        for (;;)
            if (fork() == 0) {
                execl("/proc/self/exe", "again", "x", NULL);
                _exit(0);
            }
    usleep(100000);
    if (is_control() && kill(stopped, 0) == 0)
        escaped("they stay");
    contained();
}
