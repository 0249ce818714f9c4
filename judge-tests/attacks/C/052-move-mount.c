//: intent = "Rearranges mounts or reaches past them: move-mount."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/box", 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
