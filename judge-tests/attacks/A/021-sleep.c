//: intent = "Sleeps for ever."
//: verdict = "TLE"
//: reason = "wall_time"
//: limits = { wall_time_ms = 1000 }
//: control = { bites = "lasts" }
#include "attack.h"

int main(void) {
    for (;;)
        pause();
}
