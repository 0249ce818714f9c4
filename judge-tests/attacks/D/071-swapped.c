//: intent = "Leaves a process that swaps its output file for a link to the answers, over and over, while it is collected."
//: verdict = ["WA", "AC"]
//: why = "everything is dead before anything is collected: what stood there at that moment is the file or the link; never what the link names"
//: request = { output = { file = "out.txt" } }
#include "attack.h"

int main(void) {
    char answers[1100];
    snprintf(answers, sizeof answers, "%s", fact("answers"));
    int fd = open("file", O_WRONLY | O_CREAT, 0600);
    write(fd, "contained\n", 10);
    symlink(answers, "link");
    rename("file", "out.txt");
    if (fork() == 0) {
        setsid();
        for (;;)
            syscall(SYS_renameat2, AT_FDCWD, "out.txt", AT_FDCWD, "link", 2);
    }
    // What a collector that looks twice would see.
    for (long i = 0; is_control() && i < 1000000; i++) {
        struct stat before;
        char found[64] = {0};
        if (lstat("out.txt", &before) == 0 && S_ISREG(before.st_mode)) {
            int out = open("out.txt", O_RDONLY);
            read(out, found, 63);
            close(out);
            if (strncmp(found, "contained", 9))
                escaped("%s", found);
        }
    }
    return 0;
}
