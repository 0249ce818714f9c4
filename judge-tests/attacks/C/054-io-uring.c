//: intent = "Asks for what no program needs: io_uring, whose operations no system-call filter sees."
#include "attack.h"

int main(void) {
    static char block[256];
    errno = 0;
    if (syscall(SYS_io_uring_setup, 8, block) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
