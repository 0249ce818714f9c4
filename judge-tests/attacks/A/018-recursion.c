//: intent = "Recursion without end."
//: verdict = "RE"
//: also = { "tests.0.signal" = 11 }
//: limits = { stack_bytes = 8388608 }
//: control = { bites = "fails" }
#include "attack.h"

static int down(int depth) {
    volatile char frame[1024];
    frame[depth % 1024] = 1;
    return down(depth + 1) + frame[0];
}

int main(void) { return down(0); }
