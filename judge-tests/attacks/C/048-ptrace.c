//: intent = "Traces another process."
//: verdict = "SV"
#include "attack.h"
#include <sys/ptrace.h>

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        sleep(3);
        _exit(0);
    }
    if (ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0)
        escaped("a child is traced");
    if (ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0)
        escaped("the zygote is traced");
    contained();
}
