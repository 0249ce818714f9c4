//: intent = "Asks for what no program needs: loads a kernel module."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    static char block[256];
    errno = 0;
    if (syscall(SYS_init_module, block, 128, "") >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
