//: intent = "Locks memory, which no reclaim can take back, of more than its limit."
//: control = { ulimit = "-l unlimited" }
#include "attack.h"

int main(void) {
    size_t size = 32 << 20;
    if (mlock(malloc(size), size) == 0)
        escaped("%zu bytes are locked", size);
    contained();
}
