//: intent = "Reads one page in every 2 MiB of a huge mapping: no page is its own, but the page tables are."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t step = 2 << 20, size = step * 24576;
    volatile char *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    long sum = 0;
    if (memory == MAP_FAILED)
        return 1;
    madvise((void *)memory, size, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < size; at += step)
        sum += memory[at];
    escaped("96 MiB of page tables, %ld", sum);
}
