//: intent = "Asks a descriptor of the process above for that one's namespaces, as newer kernels let one (ioctl_pidfd(2))."
//: uml = "its kernel knows none of these requests (since 6.11)"
#include "attack.h"
#include <sys/ioctl.h>

int main(void) {
    int parent = (int)syscall(SYS_pidfd_open, getppid(), 0);
    // PIDFD_GET_CGROUP_NAMESPACE and its nine neighbours.
    for (int number = 1; parent >= 0 && number <= 10; number++)
        if (ioctl(parent, _IO(0xff, number), 0) >= 0)
            escaped("namespace %d", number);
    if (parent >= 0 && openat(parent, "environ", O_RDONLY) >= 0)
        escaped("it is a directory");
    contained();
}
