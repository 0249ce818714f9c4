//: intent = "System calls by the i386 entry, int 0x80, whose numbers mean other calls."
//: verdict = "SV"
#include "attack.h"

int main(void) {
    int result = 20;
    // 20 is getpid there, and writev here.
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    if (result == getpid())
        escaped("getpid");
    contained();
}
