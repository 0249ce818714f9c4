//: intent = "One byte a write, without end: the reader has the same work as for 64 KiB."
//: verdict = ["OLE", "TLE"]
//: why = "which limit it reaches first depends on how fast system calls are"
//: limits = { cpu_time_ms = 2000, wall_time_ms = 4000, output_bytes = 500000 }
//: uml = "system calls are so slow there that its control takes more than a minute"
#include "attack.h"

int main(void) {
    for (int i = 0; !is_control() || i < 600000; i++)
        write(1, "x", 1);
    puts("");
    escaped("600000 bytes, one by one");
}
