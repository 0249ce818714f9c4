//: intent = "Burns CPU time in children and never waits for them: getrusage and wait4 of the leader show nothing."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 8000 }
#include "attack.h"

int main(void) {
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            burn(0.7);
            _exit(0);
        }
    sleep(5);
    escaped("2.8 s in children");
}
