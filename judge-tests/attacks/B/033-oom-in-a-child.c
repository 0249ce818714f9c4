//: intent = "A child goes over the memory and is killed for it; the leader pretends that nothing was the matter."
//: verdict = "MLE"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    if (fork() == 0) {
        size_t size = 96 << 20;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(memory, 1, size);
        usleep(100000);
        _exit(0);
    }
    wait(NULL);
    escaped("96 MiB in a child");
}
