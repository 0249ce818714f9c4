//: intent = "Turns address randomization off, or takes another system's personality."
#include "attack.h"
#include <sys/personality.h>

int main(void) {
    int persons[] = {ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO, PER_SVR4, PER_LINUX32};
    for (int i = 0; i < 5; i++)
        if (personality(persons[i]) >= 0)
            escaped("personality %#x", persons[i]);
    contained();
}
