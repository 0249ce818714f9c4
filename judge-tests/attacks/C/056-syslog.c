//: intent = "Asks for what no program needs: reads the kernel's log."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_syslog, 10, NULL, 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
