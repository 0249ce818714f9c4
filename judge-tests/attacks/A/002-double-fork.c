//: intent = "Leaves for a session of its own and burns CPU time there, twice removed from the leader, who sleeps."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    int ends[2];
    pid_t daemon = 0;
    pipe(ends);
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            setsid();
            if (fork() != 0)
                _exit(0);
            daemon = getpid();
            write(ends[1], &daemon, sizeof daemon);
            for (;;)
                ;
        }
    while (wait(NULL) > 0)
        ;
    read(ends[0], &daemon, sizeof daemon);
    if (is_control() && kill(daemon, 0) == 0)
        escaped("a daemon burns on");
    sleep(100);
}
