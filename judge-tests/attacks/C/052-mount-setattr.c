//: intent = "Rearranges mounts or reaches past them: mount-setattr."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_mount_setattr, AT_FDCWD, "/tmp", 0, "0123456789012345678901234567890123456789", 32) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
