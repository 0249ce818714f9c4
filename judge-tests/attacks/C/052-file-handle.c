//: intent = "Rearranges mounts or reaches past them: file-handle."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    errno = 0;
    if (syscall(SYS_open_by_handle_at, AT_FDCWD, "\10\0\0\0\1\0\0\0abcdefgh", O_RDONLY) >= 0 || errno != ENOSYS)
        escaped("the kernel was asked");
    contained();
}
