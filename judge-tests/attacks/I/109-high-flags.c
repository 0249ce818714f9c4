//: intent = "The same with flags above the 32 bits that a filter looks at: its pages are dropped from the page tables as soon as they are filled: they stay, and are in no resident set."
//: cgroup2 = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t step = 1 << 20, size = 96 * step;
    char *memory = (char *)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | 1L << 40, -1, 0);
    if (memory == MAP_FAILED)
        contained();
    for (size_t at = 0; at < size; at += step) {
        memset(memory + at, 1, step);
        madvise(memory + at, step, MADV_DONTNEED);
    }
    for (size_t at = 0; at < size; at += step) {
        if (memory[at] != 1)
            contained();
        madvise(memory + at, step, MADV_DONTNEED);
    }
    escaped("96 MiB that nobody counts");
}
