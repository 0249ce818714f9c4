//: intent = "Takes a descriptor out of another process: the zygote's socket."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    int own = syscall(SYS_pidfd_open, is_control() ? getpid() : 1, 0);
    if (syscall(SYS_pidfd_getfd, own, is_control() ? 1 : 3, 0) >= 0)
        escaped("a descriptor of another process");
    contained();
}
