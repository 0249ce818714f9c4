//: intent = "Watches the host's files: memory of the kernel's, and a look at what others do."
#include "attack.h"
#include <sys/inotify.h>

int main(void) {
    int fd = inotify_init1(0);
    if (fd >= 0 && inotify_add_watch(fd, "/usr/lib", IN_ALL_EVENTS) >= 0)
        escaped("/usr/lib is watched");
    contained();
}
