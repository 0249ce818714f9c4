//: intent = "A directory tree so deep that walking it recursively fails: it must go with the run all the same."
//: limits = { cpu_time_ms = 4000, wall_time_ms = 30000 }
#include "attack.h"

int main(void) {
    int depth = 0;
    while (depth < 2000 && mkdir("directory", 0700) == 0 && chdir("directory") == 0)
        depth++;
    if (depth < 2000)
        return 1;
    if (is_control())
        escaped("%d directories deep", depth);
    contained();
}
