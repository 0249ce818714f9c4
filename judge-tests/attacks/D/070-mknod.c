//: intent = "Makes a device node of its own: the host's disk."
#include "attack.h"
#include <sys/sysmacros.h>

int main(void) {
    errno = 0;
    if (mknod("disk", S_IFBLK | 0600, makedev(254, 0)) == 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
