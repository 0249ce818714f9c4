//: intent = "Has a gigabyte of zeros and writes to it."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 30000, wall_time_ms = 60000, memory_bytes = 268435456 }
#include "attack.h"

static char zeros[1 << 30];

int main(void) {
    for (long i = 0; i < (is_control() ? 320L << 20 : 1L << 30); i += 4096)
        *(volatile char *)(zeros + i) = 1;
    escaped("touched");
}
