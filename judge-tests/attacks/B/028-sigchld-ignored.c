//: intent = "A parent that ignores SIGCHLD: the kernel forgets its children's time as they end."
//: verdict = "TLE"
//: limits = { wall_time_ms = 5000 }
#include "attack.h"

int main(void) {
    signal(SIGCHLD, SIG_IGN);
    // Far longer than a look takes to come round: short ones go unseen in rlimit mode, and the wall limit is what holds.
    for (int i = 0; i < 40; i++) {
        if (fork() == 0) {
            burn(0.1);
            _exit(0);
        }
        while (wait(NULL) > 0)
            ;
    }
    escaped("4 s in forgotten children");
}
