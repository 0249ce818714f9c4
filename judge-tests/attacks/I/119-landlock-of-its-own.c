//: intent = "Uses the calls that only the zygote needs, with every argument it can think of in the places that they ignore."
//: verdict = ["AC", "SV"]
//: why = "which of them the policy kills for is the policy's; it never gets an answer from the kernel"
#include "attack.h"

int main(void) {
    long keys[] = {0, 1, -1, 0x5eccc0de, 0x7fffffffffffffff, getpid()};
    for (int i = 0; i < 6; i++) {
        long key = keys[i];
        errno = 0;
        if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1, key, key, key) >= 0 || errno != ENOSYS)
            escaped("Landlock is asked, with %ld", key);
        errno = 0;
        if (syscall(SYS_unshare, 0, key, key, key, key, key) >= 0 || errno != ENOSYS)
            escaped("unshare is asked, with %ld", key);
        errno = 0;
        if (syscall(SYS_clone3, NULL, 0, key, key, key, key) >= 0 || errno != ENOSYS)
            escaped("clone3 is asked, with %ld", key);
        errno = 0;
        if (syscall(SYS_capset, NULL, NULL, key, key, key, key) >= 0 || errno != ENOSYS)
            escaped("capset is asked, with %ld", key);
    }
    contained();
}
