//: intent = "Has a gigabyte of zeros that it never touches: no memory is used."
#include "attack.h"

static char zeros[1 << 30];

int main(int argc, char **argv) {
    if (zeros[argc * 4096L])
        return 1;
    if (is_control())
        escaped("1 GiB of zeros");
    contained();
}
