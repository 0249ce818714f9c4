//: intent = "Timers without end: the kernel's memory."
#include "attack.h"

int main(void) {
    timer_t timer;
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};
    int made = 0;
    while (made < 4000 && timer_create(CLOCK_MONOTONIC, &quiet, &timer) == 0)
        made++;
    if (made == 4000)
        escaped("%d timers", made);
    contained();
}
