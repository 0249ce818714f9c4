//: intent = "Looks for a million names that are not there: the kernel remembers each."
//: verdict = ["AC", "MLE", "TLE"]
//: why = "they are dropped when memory is short, or count; on a slow kernel the time is up first"
//: limits = { cpu_time_ms = 4000, wall_time_ms = 8000 }
//: uml = "system calls are so slow there that its control takes more than a minute"
#include "attack.h"

int main(void) {
    char name[64];
    struct stat s;
    long unknown = 0;
    for (long i = 0; i < 300000; i++) {
        snprintf(name, sizeof name, "/usr/lib/none-%ld-%d", i, getpid());
        unknown += stat(name, &s) != 0 && errno == ENOENT;
    }
    if (is_control() && unknown == 300000)
        escaped("%ld names that are not there", unknown);
    contained();
}
