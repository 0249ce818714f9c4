//: intent = "Each child burns a little in a program of its own, started by vfork, and is waited for."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        burn(0.05);
        _exit(0);
    }
    for (int i = 0; i < 60; i++) {
        if (vfork() == 0) {
            execl("/proc/self/exe", "child", "x", NULL);
            _exit(1);
        }
        wait(NULL);
    }
    escaped("3 s in 60 children");
}
