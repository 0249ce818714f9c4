//: intent = "Writes to its executable, which the next test or another request may be given from the cache, by every name it has."
#include "attack.h"
#include <sys/statvfs.h>

int main(void) {
    char self[1024] = {0};
    readlink("/proc/self/exe", self, sizeof self - 1);
    const char *names[] = {self, "/proc/self/exe", "/proc/self/map_files", "main"};
    for (int i = 0; i < 4; i++) {
        // A program that runs is busy (ETXTBSY): what stands in the way here must be more than that. Its owner is told of it
        // before the kernel looks at the mount (`uid_map: self`), so that is asked by itself.
        int fd = open(names[i], O_RDONLY);
        struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
        if (fd < 0 || i == 2)
            continue;
        if (fchmod(fd, 0777) == 0 || fchown(fd, -1, getgid()) == 0 || futimens(fd, now) == 0)
            escaped("%s is changed", names[i]);
        struct statvfs place;
        int fixed = fstatvfs(fd, &place) == 0 && (place.f_flag & ST_RDONLY);
        errno = 0;
        if (open(names[i], O_WRONLY) >= 0 || (errno == ETXTBSY && !fixed))
            escaped("only that it runs keeps %s from being written to", names[i]);
    }
    contained();
}
