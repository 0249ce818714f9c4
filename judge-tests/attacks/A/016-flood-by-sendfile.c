//: intent = "Floods stderr without a write: the kernel copies a file, from its beginning again and again."
//: verdict = "OLE"
//: reason = "stderr"
//: control = { run = "$PROGRAM 2>/dev/null" }
#include "attack.h"
#include <sys/sendfile.h>

int main(void) {
    int file = open("flood", O_RDWR | O_CREAT | O_EXCL, 0600);
    ftruncate(file, 1 << 20);
    for (int i = 0; i < 64; i++) {
        off_t from = 0;
        while (from < 1 << 20)
            if (sendfile(2, file, &from, 1 << 20) <= 0)
                return 1;
    }
    escaped("64 MiB");
}
