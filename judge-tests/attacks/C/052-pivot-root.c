//: intent = "Rearranges mounts or reaches past them: pivot-root."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_pivot_root, "/tmp", "/tmp") >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
