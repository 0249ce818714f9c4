//: intent = "Fills /box and /tmp with files, which live in memory."
#include "attack.h"

int main(void) {
    static char block[1 << 20];
    char name[64];
    int written = 0;
    memset(block, 1, sizeof block);
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, i % 2 && !is_control() ? "/tmp/f%d" : "f%d", i);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        ssize_t n = write(fd, block, sizeof block);
        written += n > 0 ? (int)(n >> 10) : 0;
        close(fd);
    }
    if (written > 20 << 10)
        escaped("%d KiB of files", written);
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, i % 2 ? "/tmp/f%d" : "f%d", i);
        unlink(name);
    }
    contained();
}
