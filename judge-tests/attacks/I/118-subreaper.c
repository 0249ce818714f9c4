//: intent = "Makes itself the parent of orphans, or escapes being killed with its parent."
#include "attack.h"
#include <sys/prctl.h>

int main(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
        escaped("orphans are its own");
    contained();
}
