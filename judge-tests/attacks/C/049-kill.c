//: intent = "Kills everything it can name: all processes, its parent, process groups, the judge by its number on the host."
//: control = { private = true }
#include "attack.h"

int main(void) {
    pid_t parent = getppid(), victim = fork();
    if (victim == 0) {
        setsid();
        for (;;)
            pause();
    }
    usleep(50000);
    int judge = atoi(fact("pid"));
    if (judge != getpid() && !is_control())
        kill(judge, SIGKILL);
    if (!is_control()) {
        kill(parent, SIGKILL);
        kill(parent, SIGSTOP);
        kill(-parent, SIGKILL);
        kill(1, SIGTERM);
        syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, 1, 0), SIGKILL, NULL, 0);
    }
    // Its own processes are its to kill; whether the zygote has come through this, the next run shows.
    kill(-1, SIGKILL);
    if (waitpid(victim, NULL, 0) == victim && is_control())
        escaped("everything in reach is dead");
    contained();
}
