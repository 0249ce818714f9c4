//: intent = "The same by way of /dev/zero: its pages are dropped from the page tables as soon as they are filled: they stay, and are in no resident set."
//: cgroup2 = "MLE"
//: # Its rules don't let the device be opened for writing, which a shared mapping takes.
//: landlock = "AC"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t step = 1 << 20, size = 96 * step;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, open("/dev/zero", O_RDWR), 0);
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
