//: intent = "Fills pipes, as large as they get."
//: verdict = ["AC", "MLE"]
//: why = "in cgroup2 mode their pages count as memory"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    static char block[4096];
    long held = 0;
    for (int ends[2]; pipe2(ends, O_NONBLOCK) == 0 && held < 16 << 20;) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        while (write(ends[1], block, sizeof block) == sizeof block)
            held += sizeof block;
    }
    if (held >= 16 << 20)
        escaped("%ld bytes in pipes", held);
    contained();
}
