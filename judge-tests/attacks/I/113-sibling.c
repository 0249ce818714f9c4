//: intent = "Children that are no children: CLONE_PARENT makes them the zygote's. Their time and their end are the run's all the same."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"
#include <sched.h>

int main(void) {
    int done[2];
    pipe(done);
    for (int i = 0; i < 3; i++)
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
            burn(0.8);
            write(done[1], "x", 1);
            _exit(0);
        }
    // Outside, all three come to an end; here time is up before that.
    for (int i = 0; i < 3; i++)
        read(done[0], (char[1]){0}, 1);
    escaped("2.4 s in processes that are not its children");
}
