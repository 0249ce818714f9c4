//: intent = "The first thread ends and another goes on: the run is not over before that one says so."
//: also = { "tests.0.wall_time_ms" = { at_least = 250 } }
#include "attack.h"
#include <pthread.h>

static void *rest(void *nothing) {
    usleep(300000);
    if (is_control())
        escaped("a leader that is a zombie goes on");
    contained();
    return nothing;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, rest, NULL);
    pthread_exit(NULL);
}
