//: intent = "Types into the caller's terminal (TIOCSTI), also with bits above the 32 that the kernel looks at."
#include "attack.h"
#include <sys/ioctl.h>

int main(void) {
    // A terminal of its own, where there is a way to get one: the control's.
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0)
        terminal = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    if (open("/dev/tty", O_RDWR) >= 0)
        escaped("there is a terminal");
    for (int fd = -1; fd < 3; fd++)
        for (int high = 0; high < 2; high++) {
            errno = 0;
            syscall(SYS_ioctl, fd < 0 ? terminal : fd, TIOCSTI | (high ? 1L << 32 : 0), "x");
            if (errno != ENOSYS)
                escaped("the kernel was asked");
        }
    contained();
}
