//: intent = "chroot, to walk out of it by a directory that is open."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    if (chroot("/tmp") == 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
