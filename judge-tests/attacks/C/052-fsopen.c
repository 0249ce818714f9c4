//: intent = "Rearranges mounts or reaches past them: fsopen."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_fsopen, "tmpfs", 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
