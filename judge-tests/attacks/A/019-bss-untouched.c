//: intent = "Has a gigabyte of zeros that it never touches: no memory is used."
//: limits = { memory_bytes = 268435456 }
#include "attack.h"

static volatile char zeros[1 << 30];

int main(int argc, char **argv) {
    zeros[argc * 4096L] = 1;
    if (is_control())
        escaped("1 GiB of zeros");
    contained();
}
