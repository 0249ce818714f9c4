//: intent = "Recursion without end."
//: verdict = "RE"
//: also = { "tests.0.signal" = 11 }
//: # In user-mode-linux, what others take of the CPU counts as the time of whoever runs.
//: limits = { stack_bytes = 8388608, cpu_time_ms = 10000 }
//: control = { bites = "fails" }
#include "attack.h"

static int down(int depth) {
    volatile char frame[1024];
    frame[depth % 1024] = 1;
    return down(depth + 1) + frame[0];
}

int main(void) { return down(0); }
