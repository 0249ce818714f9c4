//: intent = "A time namespace of its own, in which clocks are what it says."
#include "attack.h"
#include <sched.h>

int main(void) {
    if (unshare(CLONE_NEWUSER | 0x80) == 0)
        escaped("a time namespace");
    contained();
}
