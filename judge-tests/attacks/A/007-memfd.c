//: intent = "Fills a file in memory that nobody maps."
//: cgroup2 = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    // The limit on a file's size holds for one of them.
    for (int i = 0; i < 96; i++) {
        int fd = i % 8 == 0 ? memfd_create("x", 0) : -1;
        static int current;
        if (fd >= 0)
            current = fd;
        else if (i % 8 == 0)
            contained();
        if (write(current, block, sizeof block) != sizeof block)
            contained();
    }
    escaped("96 MiB in memory files");
}
