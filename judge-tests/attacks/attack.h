// What attacks in C and C++ share: how they answer, and what they are told on stdin.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Whether this is the control, outside of any sandbox: do no more than prove the point.
static inline int is_control(void) { return getenv("ATTACK_CONTROL") != NULL; }

static inline void contained(void) {
    puts("contained");
    fflush(stdout);
    _exit(0);
}

static inline void escaped(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("ESCAPED ", stdout);
    vprintf(format, args);
    puts("");
    fflush(stdout);
    _exit(0);
}

// A line `name value` of stdin, by its name.
static inline const char *fact(const char *name) {
    static char text[4096];
    static char value[1024];
    ssize_t n = pread(0, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    for (char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        size_t length = strlen(name);
        if (!strncmp(line, name, length) && line[length] == ' ') {
            const char *end = strchr(line, '\n');
            snprintf(value, sizeof value, "%.*s", (int)(end ? end - line - length - 1 : 1023), line + length + 1);
            return value;
        }
    }
    return "";
}

// Burns CPU time for so long, by this process's own clock.
static inline void burn(double seconds) {
    struct timespec t;
    do
        for (volatile int i = 0; i < 100000; i++)
            ;
    while (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 && t.tv_sec + t.tv_nsec / 1e9 < seconds);
}
