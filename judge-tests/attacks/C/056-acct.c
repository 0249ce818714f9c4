//: intent = "Asks for what no program needs: accounting of every process on the host."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_acct, "/box/log") >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
