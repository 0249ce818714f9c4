//: intent = "Queued signals without end: the kernel's memory."
#include "attack.h"

int main(void) {
    sigset_t blocked;
    union sigval value = {0};
    int queued = 0;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    while (queued < 4000 && sigqueue(getpid(), SIGRTMIN, value) == 0)
        queued++;
    if (queued == 4000)
        escaped("%d queued signals", queued);
    contained();
}
