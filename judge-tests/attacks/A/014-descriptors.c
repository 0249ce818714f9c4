//: intent = "Opens files without end."
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    int opened = 0;
    while (opened < 256 && open("/dev/null", O_RDONLY) >= 0)
        opened++;
    if (opened == 256)
        escaped("%d open files", opened);
    contained();
}
