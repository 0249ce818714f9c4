//: intent = "Asks for what no program needs: leaves a key in the user's keyring."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_add_key, "user", "x", "y", 1, -4) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
