//: intent = "Reads and writes another process's memory."
//: verdict = "SV"
#include "attack.h"
#include <sys/uio.h>

int main(void) {
    static int mine = 1;
    int theirs = 0;
    struct iovec here = {&theirs, sizeof theirs}, there = {&mine, sizeof mine};
    pid_t parent = getpid();
    if (fork() == 0)
        _exit(process_vm_readv(parent, &here, 1, &there, 1, 0) == sizeof mine ? 7 : 0);
    int status;
    wait(&status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
        escaped("a parent's memory is read");
    // The end of a child by the policy is no end of its own.
    kill(getpid(), WTERMSIG(status));
    contained();
}
