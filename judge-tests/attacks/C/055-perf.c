//: intent = "Asks for what no program needs: perf_event_open."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    static char block[256];
    errno = 0;
    if (syscall(SYS_perf_event_open, block, 0, -1, -1, 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
