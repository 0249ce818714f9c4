//: intent = "Asks the kernel to page its memory out as it fills it: what is swapped is not resident."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t step = 1 << 20, size = 96 * step;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; at < size; at += step) {
        memset(memory + at, 1, step);
        madvise(memory + at, step, MADV_PAGEOUT);
    }
    escaped("96 MiB, some of it paged out");
}
