//: intent = "Reads the host's files into the program with the assembler, to print them when it runs."
//: verdict = "CE"
//: also = { "compile.verdict" = "CE" }
//: control = { run = "gcc -o program $SOURCE && ./program" }
#include <stdio.h>

__asm__(".section .rodata\n.global stolen\nstolen:\n.incbin \"/etc/subuid\"\n.byte 0\n.previous\n");
extern const char stolen[];

int main(void) { printf("ESCAPED %s\n", stolen); }
