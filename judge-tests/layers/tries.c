// Tries what the layers forbid, each in a process of its own, and says what came of it, a line each: its name, and `done`, the
// error's name, or the signal's number. Arguments: a file of the host's, a port of the host's loopback, and the process that
// is to be touched (in the sandbox PID 1, which is the zygote).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;
static int port, other;

static int write_file(void) { return open(file, O_WRONLY | O_APPEND); }
static int read_file(void) { return open(file, O_RDONLY); }
static int user_namespace(void) { return unshare(CLONE_NEWUSER); }
static int network_namespace(void) { return unshare(CLONE_NEWNET); }
static int mount_tmpfs(void) { return mount("x", "/tmp", "tmpfs", 0, NULL); }
static int open_fs(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static int copy_tree(void) { return syscall(SYS_open_tree, AT_FDCWD, "/tmp", 1 /* OPEN_TREE_CLONE */); }
static int change_root(void) { return chroot("/tmp"); }
static int set_name(void) { return sethostname("x", 1); }
static int enter_namespace(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", other);
    int fd = open(path, O_RDONLY);
    return fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
}
static int trace(void) { return ptrace(PTRACE_SEIZE, other, 0, 0) < 0 ? -1 : 0; }
static int read_memory(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", other);
    return open(path, O_RDONLY);
}
static int lower_limit(void) {
    struct rlimit low;
    return prlimit(other, RLIMIT_CORE, NULL, &low) < 0 ? -1 : prlimit(other, RLIMIT_CORE, &low, NULL);
}
static int reach_loopback(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}
static int add_key(void) { return syscall(SYS_add_key, "user", "x", "x", 1, KEY_SPEC_PROCESS_KEYRING) < 0 ? -1 : 0; }

static const struct {
    const char *name;
    int (*try)(void);
} TRIES[] = {
    {"write-file", write_file}, {"read-file", read_file}, {"user-namespace", user_namespace},
    {"network-namespace", network_namespace}, {"mount", mount_tmpfs}, {"fsopen", open_fs}, {"open-tree", copy_tree},
    {"chroot", change_root}, {"hostname", set_name}, {"setns", enter_namespace}, {"ptrace", trace},
    {"memory", read_memory}, {"prlimit", lower_limit}, {"loopback", reach_loopback}, {"key", add_key},
};

int main(int argc, char **argv) {
    if (argc < 4) return 3;
    file = argv[1];
    port = atoi(argv[2]);
    other = atoi(argv[3]);
    for (size_t i = 0; i < sizeof TRIES / sizeof *TRIES; i++) {
        printf("%s ", TRIES[i].name);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) _exit(TRIES[i].try() < 0 ? errno : 0);
        int status;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
        else printf("%s\n", WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "done");
        fflush(stdout);
    }
}
