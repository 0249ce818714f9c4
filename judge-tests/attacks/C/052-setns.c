//: intent = "Rearranges mounts or reaches past them: setns."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_setns, open("/proc/self/ns/mnt", O_RDONLY), 0) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
