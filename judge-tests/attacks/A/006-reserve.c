//: intent = "Reserves sixteen times its limit and touches nothing of it, as runtimes do: no memory is used, so no limit is passed."
#include "attack.h"

int main(void) {
    if (mmap(NULL, 1 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return 1;
    if (is_control())
        escaped("1 GiB reserved");
    contained();
}
