//: intent = "Burns CPU time in children and never waits for them: getrusage and wait4 of the leader show nothing."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    int done[2];
    pipe(done);
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            burn(0.7);
            write(done[1], "x", 1);
            _exit(0);
        }
    // Outside, all of them come to an end; here time is up before that.
    for (int i = 0; i < 4; i++)
        read(done[0], (char[1]){0}, 1);
    escaped("2.8 s in children");
}
