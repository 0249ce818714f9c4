//: intent = "Executes a program that is in no file (memfd, fexecve), or in its box: allowed, under the same policy and limits."
#include "attack.h"
#include <sched.h>
#include <sys/sendfile.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc > 1) {
        if (unshare(CLONE_NEWUSER) == 0)
            escaped("a new program, without the policy");
        contained();
    }
    struct stat s;
    int self = open("/proc/self/exe", O_RDONLY), copy = memfd_create("copy", 0);
    if (copy < 0)
        copy = open("copy", O_RDWR | O_CREAT, 0700);
    fstat(self, &s);
    while (sendfile(copy, self, NULL, s.st_size) > 0)
        ;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    // What is open for writing can't be executed.
    int program = open(path, O_RDONLY);
    close(copy);
    char *again[] = {"copy", "again", NULL};
    fexecve(program, again, environ);
    return 1;
}
