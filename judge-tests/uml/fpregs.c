/* For CPUs whose registers take more room than user-mode-linux knows of.
 *
 * Debian's user-mode-linux (6.1) keeps 2696 bytes for the extended state of a process (AVX-512 and protection keys), and gives it back with
 * PTRACE_SETREGSET. The kernel below takes all of what the CPU has or nothing (arch/x86/kernel/fpu/regset.c, xstateregs_set: EFAULT);
 * with AMX, as Xeons have it since 2023, that is 11008 bytes, and the guest's init dies at its first instruction ("ptrace set fp regs
 * failed, errno = 14"). This stands before the C library's ptrace(2) (ld.so(8), LD_PRELOAD) and adds what is missing: state that nobody
 * in there uses, as a process begins with it. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* XSTATE_BV, which says what components there are, stands behind the legacy region (Intel SDM vol. 1, 13.4.2). */
enum { XSTATE_BV = 512 / sizeof(uint64_t) };
/* Components 0 to 9 lie within what user-mode-linux keeps. */
#define KEPT 0x3ffu

long ptrace(enum __ptrace_request request, ...) {
    /* Not on the stack: a kernel's is small. One thread asks. */
    static uint64_t whole[8192];
    static unsigned size; /* asked for once: a hypervisor may have to answer, which takes as long as the call itself */
    va_list rest;
    va_start(rest, request);
    pid_t pid = va_arg(rest, pid_t);
    void *addr = va_arg(rest, void *), *data = va_arg(rest, void *);
    va_end(rest);
    if (request == PTRACE_SETREGSET && (uintptr_t)addr == NT_X86_XSTATE) {
        const struct iovec *given = data;
        unsigned a, c, d;
        if (size == 0)
            __cpuid_count(0xd, 0, a, size, c, d);
        if (given->iov_len < size && size <= sizeof whole) {
            memset(whole, 0, size);
            memcpy(whole, given->iov_base, given->iov_len);
            whole[XSTATE_BV] &= KEPT;
            struct iovec all = {whole, size};
            return syscall(SYS_ptrace, request, pid, addr, &all);
        }
    }
    if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
        return syscall(SYS_ptrace, request, pid, addr, data);
    /* What was asked for is the C library's return value, and the kernel's at an address. */
    long word;
    if (syscall(SYS_ptrace, request, pid, addr, &word) < 0)
        return -1;
    errno = 0;
    return word;
}
