//: intent = "Writes to stderr without end."
//: verdict = "OLE"
//: reason = "stderr"
#include "attack.h"

int main(void) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (int i = 0; !is_control() || i < 64; i++)
        write(2, block, sizeof block);
    escaped("4 MiB on stderr");
}
