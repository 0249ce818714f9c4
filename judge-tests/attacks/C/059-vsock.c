//: intent = "AF_VSOCK: no network namespace holds it, and behind it is the hypervisor."
#include "attack.h"
#include <sys/socket.h>

int main(void) {
    if (socket(40, SOCK_STREAM, 0) >= 0)
        escaped("a socket to the hypervisor");
    contained();
}
