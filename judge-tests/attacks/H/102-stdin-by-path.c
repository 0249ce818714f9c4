//: intent = "Opens its stdin, a file of the host's, by /proc/self/fd for writing, and truncates it; any other descriptor likewise."
#include "attack.h"

int main(void) {
    char path[64];
    int flags[] = {O_RDWR, O_WRONLY, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND};
    for (int fd = 0; fd < 64; fd++)
        for (int i = 0; i < 4; i++) {
            struct stat s;
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
                continue;
            if (open(path, flags[i]) >= 0)
                escaped("descriptor %d is open for writing", fd);
            if (truncate(path, 0) == 0 || ftruncate(fd, 0) == 0)
                escaped("descriptor %d is truncated", fd);
        }
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0) != MAP_FAILED)
        escaped("stdin is mapped for writing");
    void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 0, 0);
    if (map != MAP_FAILED && mprotect(map, 4096, PROT_READ | PROT_WRITE) == 0)
        escaped("a map of stdin can be written to");
    contained();
}
