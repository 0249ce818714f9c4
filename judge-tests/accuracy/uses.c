// Uses as much as it is told to: `memory HOW MEBIBYTES`, or `cpu HOW MILLISECONDS`, of which it says how many
// microseconds the kernel's clocks of its processes say they were. Exits with 0 when it has, and with 9 when that can't be had here.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 4, REFUSED = 9 };

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static char *touch(char *p, size_t n) {
    if (p == NULL || p == MAP_FAILED) exit(REFUSED);
    // volatile: memory that nobody reads would be optimized away
    for (size_t i = 0; i < n; i += 4096) ((volatile char *)p)[i] = 1;
    return p;
}

static void map(int fd, size_t n) { touch(mmap(NULL, n, PROT_READ | PROT_WRITE, fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED, fd, 0), n); }

// A tenth of a second: whoever looks now and then has the time to see it.
static void stand(void) { nanosleep(&(struct timespec){0, 100000000}, NULL); }

static void memory(const char *how, size_t n) {
    if (is(how, "heap")) touch(malloc(n), n);
    if (is(how, "shared")) map(-1, n);
    if (is(how, "memfd")) {
        int fd = memfd_create("x", 0);
        if (fd < 0 || ftruncate(fd, n) != 0) exit(REFUSED);
        map(fd, n);
    }
    if (is(how, "file") || is(how, "mapped")) {
        static char block[65536] = {1};
        int fd = open("/tmp/x", O_RDWR | O_CREAT, 0600);
        for (size_t i = 0; i < n; i += sizeof block)
            if (write(fd, block, sizeof block) != sizeof block) exit(REFUSED);
        if (is(how, "mapped")) map(fd, n);
    }
    int both = is(how, "both");
    if (both) touch(malloc(n), n);
    if (both || is(how, "child")) {
        if (fork() == 0) {
            touch(malloc(n), n);
            if (both) stand();
            _exit(0);
        }
        wait(NULL);
    }
    if (is(how, "forked")) {
        touch(malloc(n), n);
        for (int i = 1; i < AT_ONCE; i++)
            if (fork() == 0) pause();
        stand();
    }
}

static long us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// Until the kernel's own clock of this process or thread says so.
static void burn(clockid_t clock, long ms) {
    while (us(clock) < ms * 1000) {}
}

static void *thread(void *ms) { return burn(CLOCK_THREAD_CPUTIME_ID, (long)ms), NULL; }

// What each process has used is told to the first one, at the last moment.
static int told[2];

static void end(void) {
    long used = us(CLOCK_PROCESS_CPUTIME_ID);
    _exit(write(told[1], &used, sizeof used) != sizeof used);
}

static void children(long ms) {
    for (int i = 0; i < AT_ONCE; i++)
        if (fork() == 0) burn(CLOCK_PROCESS_CPUTIME_ID, ms), end();
}

static long counted(int who) {
    struct rusage used;
    getrusage(who, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

// One after the other, each waited for: gone before anybody has looked often.
static void briefly(long ms) {
    for (long each = 2; ms > 0; ms -= each) {
        if (fork() == 0) burn(CLOCK_PROCESS_CPUTIME_ID, each), _exit(0);
        wait(NULL);
    }
    printf("%ld\n", counted(RUSAGE_SELF) + counted(RUSAGE_CHILDREN));
}

static void cpu(const char *how, long ms) {
    if (is(how, "briefly")) return briefly(ms);
    long share = ms / AT_ONCE, sum = 0, used;
    if (pipe(told) != 0) exit(REFUSED);
    if (is(how, "itself")) burn(CLOCK_PROCESS_CPUTIME_ID, ms);
    if (is(how, "threads")) {
        pthread_t threads[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) pthread_create(&threads[i], NULL, thread, (void *)share);
        for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
    }
    if (is(how, "ignored")) signal(SIGCHLD, SIG_IGN);
    if (is(how, "children") || is(how, "ignored")) children(share);
    if (is(how, "orphans") && fork() == 0) children(share), end();
    // To its end: when the last of them is gone, waited for or not.
    close(told[1]);
    while (read(told[0], &used, sizeof used) == sizeof used) sum += used;
    while (wait(NULL) > 0) {}
    printf("%ld\n", sum + us(CLOCK_PROCESS_CPUTIME_ID));
}

int main(int argc, char **argv) {
    if (argc == 4 && is(argv[1], "memory")) memory(argv[2], strtoul(argv[3], NULL, 10) << 20);
    if (argc == 4 && is(argv[1], "cpu")) cpu(argv[2], strtol(argv[3], NULL, 10));
    return 0;
}
