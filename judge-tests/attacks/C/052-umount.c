//: intent = "Rearranges mounts or reaches past them: umount."
//: verdict = "SV"
#include "attack.h"
#include <sys/mount.h>

int main(void) {
    errno = 0;
    if (umount2("/usr/lib", 2) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
