//: intent = "Executes itself again and again: each program is a new one, the process is not."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"

int main(int argc, char **argv) {
    int turn = argc > 1 ? atoi(argv[1]) : 0;
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    burn(t.tv_sec + t.tv_nsec / 1e9 + 0.05);
    if (turn == 60)
        escaped("3 s in 60 programs");
    char next[16];
    snprintf(next, sizeof next, "%d", turn + 1);
    execl("/proc/self/exe", "again", next, NULL);
    return 1;
}
