//: intent = "The first process waits in vfork(2), where no signal but SIGKILL reaches it, for a child that has stopped itself."
//: verdict = "TLE"
//: reason = "wall_time"
//: also = { "tests.0.wall_time_ms" = { at_most = 15000 } }
//: limits = { wall_time_ms = 1000 }
//: control = { bites = "lasts" }
#include "attack.h"

int main(void) {
    if (vfork() == 0) {
        kill(getpid(), SIGSTOP);
        _exit(0);
    }
    escaped("the child went on");
}
