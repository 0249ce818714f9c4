//: intent = "Four threads burn CPU time: the sum counts."
//: verdict = "TLE"
//: reason = "cpu_time"
//: limits = { wall_time_ms = 120000 }
#include "attack.h"
#include <pthread.h>

static void *work(void *nothing) {
    burn(2);
    return nothing;
}

int main(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    escaped("2 s of CPU time");
}
