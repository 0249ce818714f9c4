//! The calls that a slot's zygote makes itself, after the policy's filters are installed.

/// Names and numbers; one table, so that they can't differ.
macro_rules! calls {
    ($($(#[$only:meta])? $name:literal $number:ident,)*) => {
        /// What the zygote needs. A policy's filters let these pass unless the policy has a rule of its own for the
        /// call; the slot's gate takes back from its runs what the policy doesn't allow
        /// ([`Policy::lockdown`](super::Policy::lockdown)).
        pub const ZYGOTE_CALLS: &[&str] = &[$($(#[$only])? $name,)*];

        /// The number of one of [`ZYGOTE_CALLS`] on this architecture.
        pub(super) fn number(name: &str) -> Option<i64> {
            match name {
                $($(#[$only])? $name => Some(libc::$number),)*
                _ => None,
            }
        }
    };
}

calls! {
    "mount" SYS_mount,
    "fsopen" SYS_fsopen,
    "fsconfig" SYS_fsconfig,
    "fsmount" SYS_fsmount,
    "move_mount" SYS_move_mount,
    "open_tree" SYS_open_tree,
    "mount_setattr" SYS_mount_setattr,
    "umount2" SYS_umount2,
    "clone3" SYS_clone3,
    "setns" SYS_setns,
    "unshare" SYS_unshare,
    "landlock_create_ruleset" SYS_landlock_create_ruleset,
    "landlock_add_rule" SYS_landlock_add_rule,
    "landlock_restrict_self" SYS_landlock_restrict_self,
    "seccomp" SYS_seccomp,
    "prctl" SYS_prctl,
    "capset" SYS_capset,
    "setresuid" SYS_setresuid,
    "prlimit64" SYS_prlimit64,
    "wait4" SYS_wait4,
    "kill" SYS_kill,
    "recvmsg" SYS_recvmsg,
    "sendmsg" SYS_sendmsg,
    "ppoll" SYS_ppoll,
    "fstatfs" SYS_fstatfs,
    "statfs" SYS_statfs,
    "newfstatat" SYS_newfstatat,
    "fchownat" SYS_fchownat,
    "mkdirat" SYS_mkdirat,
    "symlinkat" SYS_symlinkat,
    "unlinkat" SYS_unlinkat,
    "openat" SYS_openat,
    "openat2" SYS_openat2,
    "close_range" SYS_close_range,
    #[cfg(target_arch = "x86_64")]
    "dup2" SYS_dup2,
    "dup3" SYS_dup3,
    "setpgid" SYS_setpgid,
    "fchdir" SYS_fchdir,
    "execve" SYS_execve,
    "exit_group" SYS_exit_group,
    "sched_setaffinity" SYS_sched_setaffinity,
    "sched_yield" SYS_sched_yield,
    "getdents64" SYS_getdents64,
    "pread64" SYS_pread64,
    "pwrite64" SYS_pwrite64,
    "read" SYS_read,
    "write" SYS_write,
    "close" SYS_close,
    "lseek" SYS_lseek,
    "fchmod" SYS_fchmod,
    "fstat" SYS_fstat,
    "fchown" SYS_fchown,
    "clock_gettime" SYS_clock_gettime,
    "fcntl" SYS_fcntl,
    "mmap" SYS_mmap,
    "munmap" SYS_munmap,
    "mprotect" SYS_mprotect,
    "madvise" SYS_madvise,
    "rt_sigprocmask" SYS_rt_sigprocmask,
    "rt_sigaction" SYS_rt_sigaction,
    "sigaltstack" SYS_sigaltstack,
    "brk" SYS_brk,
    "rt_sigreturn" SYS_rt_sigreturn,
    "restart_syscall" SYS_restart_syscall,
}
