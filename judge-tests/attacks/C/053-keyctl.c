//: intent = "Asks for what no program needs: the session's keyring."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_keyctl, 0, -3, 1) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
