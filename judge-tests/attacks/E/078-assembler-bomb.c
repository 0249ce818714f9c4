//: intent = "Three words for the assembler, and a line for each of 2^40 times."
//: verdict = "CE"
//: also = { "compile.verdict" = ["CE", "TLE", "MLE", "OLE"] }
//: why = "which limit the assembler meets first"
//: request = { compile = { limits = { cpu_time_ms = 1000, wall_time_ms = 10000, memory_bytes = 268435456 } } }
//: control = { bites = "lasts", run = "ulimit -v 4000000; exec gcc -c -o program.o $SOURCE" }
#include <stdio.h>

__asm__(".rept 1048576\n.rept 1048576\nnop\n.endr\n.endr");

int main(void) { puts("ESCAPED it was assembled"); }
