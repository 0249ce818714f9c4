//: intent = "Takes half as much again as its memory limit and writes to it."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    for (int i = 0; i < 96; i++)
        memset(malloc(1 << 20), 1, 1 << 20);
    escaped("96 MiB");
}
