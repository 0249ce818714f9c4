//: intent = "Asks for what no program needs: reboots (with Ctrl-Alt-Del enabled)."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, NULL) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
