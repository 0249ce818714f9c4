//: intent = "Goes over its memory and gives it back before the end."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t size = 96 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, size);
    munmap(memory, size);
    escaped("96 MiB, for a moment");
}
