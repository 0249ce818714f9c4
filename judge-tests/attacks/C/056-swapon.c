//: intent = "Asks for what no program needs: swaps to a file of its own."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_swapon, "/box/main.c", 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
