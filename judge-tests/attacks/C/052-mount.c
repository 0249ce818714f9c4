//: intent = "Rearranges mounts or reaches past them: mount."
//: verdict = "SV"
#include "attack.h"
#include <sys/mount.h>

int main(void) {
    errno = 0;
    if (mount("none", "/tmp", "tmpfs", 0, NULL) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
