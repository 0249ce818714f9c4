// One of the soak's runs, by its first argument. It answers `contained` unless it must not live to.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "spin")) for (;;) {}
    if (!strcmp(what, "memory"))
        for (;;) memset(malloc(1 << 20), 1, 1 << 20);
    if (!strcmp(what, "flood"))
        for (;;) puts("flood");
    if (!strcmp(what, "ptrace")) ptrace(PTRACE_TRACEME, 0, 0, 0);
    if (!strcmp(what, "crash")) abort();
    if (!strcmp(what, "wrong")) return puts("wrong"), 0;
    if (!strcmp(what, "daemons"))
        for (int i = 0; i < 6; i++)
            if (fork() == 0) {
                setsid();
                for (;;) pause();
            }
    if (!strcmp(what, "files"))
        for (int i = 0; i < 200; i++) {
            char name[64];
            snprintf(name, sizeof name, "/tmp/%d", i);
            mkdir(name, 0);
            snprintf(name, sizeof name, "/box/left-%d", i);
            close(open(name, O_CREAT | O_WRONLY, 0));
        }
    if (!strcmp(what, "kill")) {
        signal(SIGTERM, SIG_IGN);
        kill(-1, SIGTERM);
        kill(1, SIGKILL);
        kill(getppid(), SIGSTOP);
    }
    if (!strcmp(what, "mounts")) {
        int lines = 0, c;
        FILE *mounts = fopen("/proc/self/mountinfo", "r");
        while (mounts && (c = getc(mounts)) != EOF) lines += c == '\n';
        return printf("%d\n", lines), 0;
    }
    puts("contained");
}
