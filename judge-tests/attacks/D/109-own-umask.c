//: intent = "An honest program that keeps its output to itself: under umask 077, in a directory of its own, with no bits at all."
//: control = { bites = "fails", run = "$PROGRAM && cat sub/output" }
//: request = { output = { file = "sub/output" } }
//: test = { capture_files = ["sub/output", "other"] }
//: also = { "tests.0.files.sub/output" = "contained\n", "tests.0.files.other" = "more\n" }
#include "attack.h"

static void leave(const char *name, const char *text) {
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, 0) != 0)
        _exit(1);
}

int main(void) {
    umask(077);
    if (mkdir("sub", 0777) != 0)
        return 1;
    leave("sub/output", "contained\n");
    leave("other", "more\n");
    return chmod("sub", 0);
}
