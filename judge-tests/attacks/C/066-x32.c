//: intent = "System calls by their x32 numbers, which a list of x86-64 numbers does not have."
//: verdict = "SV"
//: control = { bites = "fails" }
#include "attack.h"

int main(void) {
    // The control dies or gets ENOSYS where the kernel has no x32; only the number reaching the kernel counts.
    if (syscall(0x40000000 + SYS_getpid) == getpid())
        escaped("getpid");
    return 1;
}
