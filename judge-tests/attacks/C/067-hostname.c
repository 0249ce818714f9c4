//: intent = "Renames the host, as root of a user namespace outside."
//: verdict = "SV"
//: control = { run = "unshare --user --map-root-user --uts $PROGRAM" }
#include "attack.h"

int main(void) {
    if (sethostname("attacked", 8) == 0)
        escaped("another host name");
    contained();
}
