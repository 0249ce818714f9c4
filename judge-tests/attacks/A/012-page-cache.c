//: intent = "Reads more of the host's files than it may have memory: their pages are no memory of its own."
//: limits = { cpu_time_ms = 4000, wall_time_ms = 20000, memory_bytes = 33554432 }
#include "attack.h"
#include <ftw.h>

static long total;

static int reread(const char *path, const struct stat *s, int type) {
    static char block[1 << 16];
    if (type != FTW_F || s->st_size < 1 << 20 || total > 64 << 20)
        return total > 64 << 20;
    int fd = open(path, O_RDONLY);
    for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
        total += n;
    close(fd);
    return 0;
}

int main(void) {
    ftw("/usr/lib", reread, 16);
    if (total < 64 << 20)
        return 1;
    if (is_control())
        escaped("%ld bytes in the page cache", total);
    contained();
}
