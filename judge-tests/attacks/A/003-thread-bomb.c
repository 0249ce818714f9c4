//: intent = "Starts threads without end."
//: verdict = "RE"
#include "attack.h"
#include <pthread.h>

static void *idle(void *nothing) {
    pause();
    return nothing;
}

int main(void) {
    pthread_t thread;
    int made = 0;
    while (made < 64 && pthread_create(&thread, NULL, idle, NULL) == 0)
        made++;
    if (made > 16)
        escaped("%d threads", made);
    return 1;
}
