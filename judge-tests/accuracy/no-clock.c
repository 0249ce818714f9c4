// Executes a command where perf_event_open(2) is refused, as Debian, Ubuntu and container engines do: `no-clock COMMAND…`.
// Without a command it says whether there is a clock (`clock` or `none`), before and after that is refused.
#include <errno.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *clock_of_ours(void) {
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = PERF_ATTR_SIZE_VER0, .config = PERF_COUNT_SW_TASK_CLOCK};
    attr.exclude_kernel = attr.exclude_hv = attr.inherit = 1;
    return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) < 0 ? "none" : "clock";
}

int main(int argc, char **argv) {
    if (argc < 2) puts(clock_of_ours());
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) return perror("no-clock"), 99;
    if (argc < 2) return puts(clock_of_ours()), 0;
    execv(argv[1], argv + 1);
    return perror(argv[1]), 99;
}
