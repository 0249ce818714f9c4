//: intent = "Asks the preprocessor which files the host has."
//: control = { run = "gcc -o program $SOURCE && ./program" }
#include <stdio.h>

int main(void) {
#if __has_include("/etc/subuid") || __has_include("/etc/machine-id") || __has_include("/etc/shells") || __has_include("/etc/fstab")
    puts("ESCAPED a file in /etc");
#elif __has_include("/var/lib/dpkg/status") || __has_include("/sys/kernel/uevent_seqnum") || __has_include("/proc/version")
    puts("ESCAPED a file elsewhere");
#else
    puts("contained");
#endif
}
