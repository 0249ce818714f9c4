//: intent = "Writes to stdout without end."
//: verdict = "OLE"
//: reason = "stdout"
#include "attack.h"

int main(void) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (int i = 0; !is_control() || i < 64; i++)
        write(1, block, sizeof block);
    puts("");
    escaped("4 MiB on stdout");
}
