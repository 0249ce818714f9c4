//: intent = "Changes its stdin, a file of the host's, by the descriptor it was given: mode, owner, times, attributes, locks."
#include "attack.h"
#include <sys/file.h>
#include <sys/xattr.h>

int main(void) {
    struct timespec then[2] = {{1, 0}, {1, 0}};
    if (fchmod(0, 0777) == 0)
        escaped("its mode");
    if (fchown(0, -1, getgid()) == 0)
        escaped("its owner");
    if (futimens(0, then) == 0)
        escaped("its times");
    if (fsetxattr(0, "user.x", "y", 1, 0) == 0)
        escaped("its attributes");
    if (flock(0, LOCK_EX | LOCK_NB) == 0)
        escaped("a lock that others meet");
    struct flock lock = {.l_type = F_RDLCK};
    if (fcntl(0, F_SETLK, &lock) == 0 || fcntl(0, F_OFD_SETLK, &lock) == 0 || fcntl(0, F_SETLEASE, F_RDLCK) == 0)
        escaped("a record lock or lease that others meet");
    contained();
}
