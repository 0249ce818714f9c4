//: intent = "Short symbolic links: each is kernel memory, and none has a byte that a file system's size counts."
//: limits = { cpu_time_ms = 4000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    char name[32];
    int made = 0;
    for (; made < 20000; made++) {
        snprintf(name, sizeof name, "l%d", made);
        if (symlink("x", name) != 0)
            break;
    }
    if (made == 20000)
        escaped("%d inodes", made);
    contained();
}
