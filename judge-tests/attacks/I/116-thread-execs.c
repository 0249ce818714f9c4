//: intent = "Not the first thread but another one executes a new program: it takes over the leader's place, and the meter with it."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 30000 }
#include "attack.h"
#include <pthread.h>

static void *again(void *nothing) {
    execl("/proc/self/exe", "again", "burn", NULL);
    return nothing;
}

int main(int argc, char **argv) {
    pthread_t thread;
    burn(0.5);
    if (argc > 1) {
        burn(2);
        escaped("2 s after 0.5 s");
    }
    pthread_create(&thread, NULL, again, NULL);
    for (;;)
        pause();
}
