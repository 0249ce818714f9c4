//: intent = "Raises its own resource limits."
#include "attack.h"
#include <sys/resource.h>

int main(void) {
    int resources[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_STACK, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_MEMLOCK};
    for (int i = 0; i < 6; i++) {
        struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(resources[i], &limit);
        syscall(SYS_prlimit64, getpid(), resources[i], &limit, NULL);
        getrlimit(resources[i], &limit);
        if (limit.rlim_cur == RLIM_INFINITY)
            escaped("resource %d is without limit", resources[i]);
    }
    contained();
}
