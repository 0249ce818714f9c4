//: intent = "Sets the host's clock. Outside, a mere user is refused by the kernel; here the call does not get that far."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (syscall(SYS_clock_settime, CLOCK_REALTIME, &t) == 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
