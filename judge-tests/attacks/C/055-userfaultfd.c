//: intent = "Asks for what no program needs: userfaultfd, which stops the kernel half-way."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_userfaultfd, 1) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
