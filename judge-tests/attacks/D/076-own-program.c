//: intent = "Overwrites, replaces and chmods its own program, for the next test to run."
//: repeat = 3
//: also = { "tests.0.verdict" = "AC", "tests.2.verdict" = "AC" }
#include "attack.h"

int main(int argc, char **argv) {
    char self[1024] = {0};
    readlink("/proc/self/exe", self, sizeof self - 1);
    if (open(self, O_WRONLY) >= 0 || truncate(self, 0) == 0)
        escaped("it is written to");
    if (chmod(self, 0777) == 0)
        escaped("its mode is changed");
    if (utimensat(AT_FDCWD, self, NULL, 0) == 0)
        escaped("its time is changed");
    if (rename("/dev/null", self) == 0 || unlink(self) == 0)
        escaped("it is gone");
    contained();
}
