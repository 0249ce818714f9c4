//: intent = "Rearranges mounts or reaches past them: open-tree."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_open_tree, AT_FDCWD, "/tmp", 1) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
