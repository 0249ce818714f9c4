//: intent = "Stops itself: it uses no CPU time, and never ends."
//: verdict = "TLE"
//: reason = "wall_time"
//: limits = { wall_time_ms = 1000 }
//: control = { bites = "lasts" }
#include "attack.h"

int main(void) {
    kill(getpid(), SIGSTOP);
    contained();
}
