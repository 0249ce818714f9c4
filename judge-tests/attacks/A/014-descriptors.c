//: intent = "Opens files without end."
#include "attack.h"

int main(void) {
    int opened = 0;
    while (opened < 256 && open("/dev/null", O_RDONLY) >= 0)
        opened++;
    if (opened == 256)
        escaped("%d open files", opened);
    contained();
}
