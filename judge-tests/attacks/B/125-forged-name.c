//: intent = "A child whose name looks like the rest of its line in /proc/PID/stat, for who reads a process's times there."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 120000 }
#include "attack.h"
#include <sys/prctl.h>

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        // Fifteen bytes are kept.
        prctl(PR_SET_NAME, ") Z 1 1 1 0 (\n ");
        burn(2);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    escaped("2 s of CPU time");
}
