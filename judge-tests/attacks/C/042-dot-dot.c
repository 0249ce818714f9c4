//: intent = "Walks up and out: `..` from a directory that was open, chdir, fchdir, chroot."
#include "attack.h"

static void look(const char *how) {
    char path[1100], *at = path;
    for (int i = 0; i < 12; i++)
        at = stpcpy(at, "../");
    strcpy(at, fact("home") + 1);
    if (open(path, O_RDONLY) >= 0)
        escaped("%s", how);
}

int main(void) {
    look("..");
    int above = open("..", O_RDONLY | O_DIRECTORY);
    mkdir("below", 0700);
    // The classic: a root below the working directory does not stop `..`. A user namespace gives the right to it.
    if (chdir("/tmp") == 0)
        look("chdir");
    if (fchdir(above) == 0)
        look("fchdir");
    if (chdir("/proc/self/root") == 0)
        look("/proc/self/root");
    if (chdir("/proc/self/cwd/../../../..") == 0)
        look("/proc/self/cwd");
    contained();
}
