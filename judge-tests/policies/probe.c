// Makes calls and says what came of them. A line of stdin: `s` (by `syscall`) or `i` (by `int 0x80`), the number and six
// arguments, in hexadecimal; a line of stdout: what was returned. With an argument, each in a process of its own: `lost`
// stands for a call that its process did not survive.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define INLINE static inline __attribute__((always_inline))

INLINE long by_syscall(unsigned long nr, const unsigned long *a) {
    long result = (long)nr;
    register unsigned long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

INLINE long by_interrupt(unsigned long nr, const unsigned long *a) {
    long result = (long)nr;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}

static void wake(int signal) { (void)signal; }

// What waits for ever is woken, and says EINTR.
static void wake_soon(void) {
    struct sigaction action = {.sa_handler = wake};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {{0, 200000}, {0, 200000}};
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void make(char how, unsigned long nr, const unsigned long *a) {
    static const unsigned long none[6];
    long self = by_syscall(SYS_getpid, none);
    long result = how == 'i' ? by_interrupt(nr, a) : by_syscall(nr, a);
    // A copy of us, which may share our memory: gone before it touches any.
    if (by_syscall(SYS_getpid, none) != self) by_syscall(SYS_exit_group, none);
    // The one thing that outlives its maker.
    if (how == 's' && nr == SYS_msgget && result >= 0) syscall(SYS_msgctl, result, 0, 0);
    char line[32];
    int length = snprintf(line, sizeof line, "%ld\n", result);
    if (write(1, line, length) != length) _exit(9);
}

int main(int argc, char **argv) {
    (void)argv;
    char how;
    unsigned long nr, a[6];
    static char text[256];
    // A child that a clone makes may end with any signal to us.
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigprocmask(SIG_BLOCK, &all, NULL);
    wake_soon();
    while (fgets(text, sizeof text, stdin)) {
        if (sscanf(text, "%c %lx %lx %lx %lx %lx %lx %lx", &how, &nr, a, a + 1, a + 2, a + 3, a + 4, a + 5) != 8) return 3;
        if (argc < 2) {
            make(how, nr, a);
            continue;
        }
        int ends[2];
        if (pipe(ends) != 0) return 4;
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], 1);
            setpgid(0, 0);
            wake_soon();
            make(how, nr, a);
            _exit(0);
        }
        close(ends[1]);
        char answer[64];
        ssize_t length;
        do length = read(ends[0], answer, sizeof answer);
        while (length < 0);
        close(ends[0]);
        while (waitpid(child, NULL, 0) < 0) {}
        if (length == 0) length = (ssize_t)strlen(strcpy(answer, "lost\n"));
        fwrite(answer, 1, (size_t)length, stdout);
        fflush(stdout);
    }
}
