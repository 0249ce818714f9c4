//: intent = "Ignores and blocks every signal there is, and stays."
//: verdict = "TLE"
//: reason = "wall_time"
//: limits = { wall_time_ms = 1000 }
#include "attack.h"

int main(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 1; i < 65; i++)
        signal(i, SIG_IGN);
    int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM};
    for (int i = 0; i < 6; i++)
        kill(getpid(), polite[i]);
    if (is_control())
        escaped("it is still there");
    for (;;)
        pause();
}
