//: intent = "Asks for what no program needs: starts another kernel."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_kexec_load, 0, 0, NULL, 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
