//: intent = "Writes exactly what it may, fifty times: never once too much."
//: verdict = "OK"
//: repeat = 50
//: request = { checker = { kind = "none" } }
//: also = { "tests.0.verdict" = "OK", "tests.49.verdict" = "OK", "tests.49.stdout_bytes" = 1048576 }
#include "attack.h"

int main(void) {
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    size_t written = 0;
    while (written < sizeof block)
        written += write(1, block + written, sizeof block - written);
    if (is_control())
        escaped("\nESCAPED one byte more would pass a limit");
    return 0;
}
