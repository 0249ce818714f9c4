//: intent = "Fills shared memory, which belongs to no process (RLIMIT_DATA does not see it)."
//: cgroup2 = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    size_t size = 96 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        contained();
    memset(memory, 1, size);
    escaped("96 MiB of shared memory");
}
