//: intent = "Crashes with a core dump, a file as large as its memory."
//: verdict = "RE"
//: also = { "tests.0.signal" = 6, "tests.0.disk_bytes" = { at_most = 65536 } }
//: control = { ulimit = "-c unlimited", run = "$PROGRAM; ls core* > /dev/null 2>&1 && echo ESCAPED a core dump" }
#include "attack.h"

int main(void) {
    memset(malloc(16 << 20), 1, 16 << 20);
    abort();
}
