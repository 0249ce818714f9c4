//: intent = "Lowers the priority of every process of its uid, which in `self` maps is the judge's too."
//: control = { private = true, run = "$PROGRAM; :" }
#include "attack.h"
#include <sys/resource.h>

int main(void) {
    pid_t other = getppid();
    int before = getpriority(PRIO_PROCESS, other);
    setpriority(PRIO_USER, 0, 19);
    if (getpriority(PRIO_PROCESS, other) != before)
        escaped("its parent's priority is lowered");
    contained();
}
