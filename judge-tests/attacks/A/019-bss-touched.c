//: intent = "Has a gigabyte of zeros and writes to it."
//: verdict = "MLE"
#include "attack.h"

static char zeros[1 << 30];

int main(void) {
    for (long i = 0; i < (is_control() ? 96L << 20 : 1L << 30); i += 4096)
        *(volatile char *)(zeros + i) = 1;
    escaped("touched");
}
