//: intent = "Makes a user namespace, in which it would have every capability: by unshare, clone and clone3, one by one and all at once."
#include "attack.h"
#include <linux/sched.h>
#include <sched.h>

int main(void) {
    unsigned flags[] = {CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNS,
                        CLONE_NEWCGROUP};
    for (int i = 0; i < 8; i++) {
        if (fork() == 0)
            _exit(unshare(flags[i]) == 0 ? 7 : 0);
        int status;
        wait(&status);
        if (status == 7 << 8)
            escaped("unshare %#x", flags[i]);
        // With bits above the 32 that count, too.
        for (int high = 0; high < 2; high++) {
            long child = syscall(SYS_clone, flags[i] | SIGCHLD | (high ? 1L << 40 : 0), NULL, NULL, NULL, NULL);
            if (child == 0)
                _exit(0);
            if (child > 0)
                escaped("clone %#x", flags[i]);
        }
        struct clone_args args = {.flags = flags[i], .exit_signal = SIGCHLD};
        long child = syscall(SYS_clone3, &args, sizeof args);
        if (child == 0)
            _exit(0);
        if (child > 0)
            escaped("clone3 %#x", flags[i]);
    }
    contained();
}
