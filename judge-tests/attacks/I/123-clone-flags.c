//: intent = "A thread group that is no thread group: processes that share memory, files and signal handlers, of which each counts."
//: verdict = "RE"
#include "attack.h"
#include <sched.h>

static int idle(void *nothing) {
    pause();
    return 0;
}

int main(void) {
    int made = 0;
    for (; made < 64; made++)
        if (clone(idle, (char *)malloc(65536) + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL) < 0)
            break;
    if (made > 16)
        escaped("%d processes in one", made);
    return 1;
}
