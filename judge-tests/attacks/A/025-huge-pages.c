//: intent = "Takes huge pages, which neither the resident set nor a memory cgroup counts."
#include "attack.h"

int main(void) {
    size_t size = 128 << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (memory == MAP_FAILED)
        contained();
    memset(memory, 1, size);
    escaped("128 MiB of huge pages");
}
