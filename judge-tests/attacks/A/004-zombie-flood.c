//: intent = "Children that end and are never waited for."
//: verdict = "RE"
#include "attack.h"

int main(void) {
    int made = 0;
    for (pid_t child; made < 64 && (child = fork()) >= 0; made++)
        if (child == 0)
            _exit(0);
    if (made > 16)
        escaped("%d zombies", made);
    return 1;
}
