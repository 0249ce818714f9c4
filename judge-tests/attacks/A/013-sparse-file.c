//: intent = "Makes a huge file that takes no room, by truncate, by a write at its end, by fallocate."
#include "attack.h"

int main(void) {
    signal(SIGXFSZ, SIG_IGN);
    int fd = open("x", O_WRONLY | O_CREAT, 0600);
    if (ftruncate(fd, 1L << 32) == 0)
        escaped("4 GiB by ftruncate");
    if (pwrite(fd, "x", 1, 1L << 32) == 1)
        escaped("4 GiB by pwrite");
    if (fallocate(fd, 0, 0, 1L << 28) == 0)
        escaped("256 MiB by fallocate");
    contained();
}
