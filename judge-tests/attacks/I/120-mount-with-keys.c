//: intent = "Calls mount and its kin a thousand times, with other values each time in the arguments that they ignore."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    for (long key = 1; key < 1000; key++) {
        errno = 0;
        if (syscall(SYS_fsopen, "tmpfs", 0, key, key * 0x9e3779b97f4a7c15, key << 32, key << 16) >= 0 || errno != ENOSYS)
            escaped("the kernel was asked, with %ld", key);
    }
    contained();
}
