//: intent = "Asks for what no program needs: bpf."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    static char block[256];
    errno = 0;
    if (syscall(SYS_bpf, 5, block, 128) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
