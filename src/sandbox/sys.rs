//! System calls that neither `nix` nor `libc` wrap, and the one clone the run starts with.
//!
//! Everything here is a thin, typed shell around one system call; policy lives with the callers.
use nix::errno::Errno;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
compile_error!("assize's sandbox knows the system-call conventions of x86-64 Linux only");

/// `struct clone_args` (clone3(2)), as of Linux 5.7 (with `cgroup`).
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct CloneArgs {
    pub flags: u64,
    pub pidfd: u64,
    pub child_tid: u64,
    pub parent_tid: u64,
    pub exit_signal: u64,
    pub stack: u64,
    pub stack_size: u64,
    pub tls: u64,
    pub set_tid: u64,
    pub set_tid_size: u64,
    pub cgroup: u64,
}

fn check(ret: libc::c_long) -> nix::Result<libc::c_long> {
    if ret < 0 { Err(Errno::last()) } else { Ok(ret) }
}

fn owned(ret: libc::c_long) -> nix::Result<OwnedFd> {
    let fd = RawFd::try_from(check(ret)?).map_err(|_| Errno::EBADF)?;
    // SAFETY: the kernel has just made this descriptor for us and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// clone3(2) as fork does it: the child goes on here with a copy of our memory and gets 0.
///
/// # Safety
/// The caller must be single-threaded: the child has only this thread, and whatever lock another one held
/// would stay locked in it for ever.
pub(super) unsafe fn clone3_fork(args: &CloneArgs) -> nix::Result<libc::pid_t> {
    // SAFETY: `args` is a live clone_args without CLONE_VM or a stack, so this returns twice as fork does.
    let ret = unsafe { libc::syscall(libc::SYS_clone3, std::ptr::from_ref(args), size_of::<CloneArgs>()) };
    libc::pid_t::try_from(check(ret)?).map_err(|_| Errno::EOVERFLOW)
}

/// clone3(2) with `CLONE_VM | CLONE_VFORK`: `entry(data)` runs in the child on a stack of its own, in our
/// memory, while we are suspended until it has called execve or exited. No page table is copied.
///
/// # Safety
/// * `args.stack`/`stack_size` name a mapped stack that nothing else uses until this returns;
/// * `entry` never returns, does not unwind, does not allocate, and leaves by `_exit` or a successful execve;
/// * `data` stays valid and unmoved until this returns;
/// * the caller is single-threaded.
pub(super) unsafe fn clone3_vfork<T>(args: &CloneArgs, entry: extern "C" fn(*const T) -> !, data: *const T) -> nix::Result<libc::pid_t> {
    let ret: i64;
    // SAFETY: the kernel gives the child the stack pointer `stack + stack_size` (16-byte aligned by the
    // caller), so it never touches this frame; it leaves the block by the call only, which does not return.
    // rcx and r11 are clobbered by `syscall` itself.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, {data}",
            "call {entry}",
            "ud2",
            "2:",
            entry = in(reg) entry,
            data = in(reg) data,
            inlateout("rax") libc::SYS_clone3 => ret,
            in("rdi") std::ptr::from_ref(args),
            in("rsi") size_of::<CloneArgs>(),
            out("rcx") _,
            out("r11") _,
        );
    }
    if ret < 0 {
        return Err(Errno::from_raw(i32::try_from(-ret).unwrap_or(libc::EINVAL)));
    }
    libc::pid_t::try_from(ret).map_err(|_| Errno::EOVERFLOW)
}

/// fsopen(2), close-on-exec.
pub(super) fn fsopen(kind: &CStr) -> nix::Result<OwnedFd> {
    const FSOPEN_CLOEXEC: libc::c_uint = 1;
    // SAFETY: `kind` is NUL-terminated and lives through the call.
    owned(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), FSOPEN_CLOEXEC) })
}

/// fsconfig(2) `FSCONFIG_SET_STRING`.
pub(super) fn fsconfig_set(fs: BorrowedFd, key: &CStr, value: &CStr) -> nix::Result<()> {
    const SET_STRING: libc::c_uint = 1;
    // SAFETY: both strings are NUL-terminated and live through the call.
    check(unsafe { libc::syscall(libc::SYS_fsconfig, fs.as_raw_fd(), SET_STRING, key.as_ptr(), value.as_ptr(), 0) }).map(drop)
}

/// fsconfig(2) `FSCONFIG_CMD_CREATE`.
pub(super) fn fsconfig_create(fs: BorrowedFd) -> nix::Result<()> {
    const CMD_CREATE: libc::c_uint = 6;
    let none = std::ptr::null::<libc::c_char>();
    // SAFETY: the command takes no key and no value.
    check(unsafe { libc::syscall(libc::SYS_fsconfig, fs.as_raw_fd(), CMD_CREATE, none, none, 0) }).map(drop)
}

/// fsmount(2): a detached mount, close-on-exec.
pub(super) fn fsmount(fs: BorrowedFd, attributes: u64) -> nix::Result<OwnedFd> {
    const FSMOUNT_CLOEXEC: libc::c_uint = 1;
    // SAFETY: integers only.
    owned(unsafe { libc::syscall(libc::SYS_fsmount, fs.as_raw_fd(), FSMOUNT_CLOEXEC, attributes) })
}

/// open_tree(2) with `OPEN_TREE_CLONE` of `path` below `dir` ("" for `dir` itself): a detached copy of a mount.
pub(super) fn open_tree_clone(dir: BorrowedFd, path: &CStr, recursive: bool) -> nix::Result<OwnedFd> {
    const OPEN_TREE_CLONE: libc::c_uint = 1;
    let mut flags = OPEN_TREE_CLONE | libc::O_CLOEXEC.cast_unsigned() | libc::AT_EMPTY_PATH.cast_unsigned();
    if recursive {
        flags |= libc::AT_RECURSIVE.cast_unsigned();
    }
    // SAFETY: `path` is NUL-terminated and lives through the call.
    owned(unsafe { libc::syscall(libc::SYS_open_tree, dir.as_raw_fd(), path.as_ptr(), flags) })
}

/// move_mount(2) of a detached mount onto `path` below `dir`, symbolic links not followed.
pub(super) fn move_mount(mount: BorrowedFd, dir: RawFd, path: &CStr) -> nix::Result<()> {
    const F_EMPTY_PATH: libc::c_uint = 4;
    // SAFETY: both strings are NUL-terminated and live through the call.
    check(unsafe { libc::syscall(libc::SYS_move_mount, mount.as_raw_fd(), c"".as_ptr(), dir, path.as_ptr(), F_EMPTY_PATH) }).map(drop)
}

/// `struct mount_attr` (mount_setattr(2)).
#[repr(C)]
struct MountAttr {
    attr_set: u64,
    attr_clr: u64,
    propagation: u64,
    userns_fd: u64,
}

/// mount_setattr(2) on the mount `mount` itself: adds attributes.
pub(super) fn mount_set(mount: BorrowedFd, set: u64, recursive: bool) -> nix::Result<()> {
    let attr = MountAttr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let mut flags = libc::AT_EMPTY_PATH;
    if recursive {
        flags |= libc::AT_RECURSIVE;
    }
    // SAFETY: `attr` is a live mount_attr of the size given.
    check(unsafe {
        libc::syscall(libc::SYS_mount_setattr, mount.as_raw_fd(), c"".as_ptr(), flags, std::ptr::from_ref(&attr), size_of::<MountAttr>())
    })
    .map(drop)
}

/// pivot_root(".", "."): the old root ends up mounted over the new one, and is detached from there (pivot_root(2)).
pub(super) fn pivot_root_here() -> nix::Result<()> {
    // SAFETY: constant NUL-terminated strings.
    check(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) }).map(drop)
}

/// setresuid/setresgid/setgroups by the raw calls: glibc's wrappers broadcast to threads we don't have, and
/// take locks a vforked child must not take.
pub(super) fn set_ids(uid: u32, gid: u32, clear_groups: bool) -> nix::Result<()> {
    // SAFETY: integers, and a null list of length 0.
    unsafe {
        if clear_groups {
            check(libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()))?;
        }
        check(libc::syscall(libc::SYS_setresgid, gid, gid, gid))?;
        check(libc::syscall(libc::SYS_setresuid, uid, uid, uid))?;
    }
    Ok(())
}

/// capset(2) to nothing: effective, permitted and inheritable.
pub(super) fn drop_capabilities() -> nix::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, pid: 0 };
    let none = [0_u32; 6];
    // SAFETY: version 3 reads two triples of u32 behind the header; both live through the call.
    check(unsafe { libc::syscall(libc::SYS_capset, std::ptr::from_ref(&header), none.as_ptr()) }).map(drop)
}

/// prctl(2) with integer arguments.
pub(super) fn prctl(op: libc::c_int, a: libc::c_ulong, b: libc::c_ulong) -> nix::Result<libc::c_long> {
    let zero: libc::c_ulong = 0;
    // SAFETY: every operation used in this room takes integers only.
    check(unsafe { libc::syscall(libc::SYS_prctl, op, a, b, zero, zero) })
}

/// The kernel's Landlock ABI (landlock_create_ruleset(2) with `LANDLOCK_CREATE_RULESET_VERSION`).
pub(super) fn landlock_abi() -> Option<u32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with this flag the call takes no attributes.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) };
    u32::try_from(abi).ok()
}

/// landlock_restrict_self(2).
pub(super) fn landlock_restrict_self(ruleset: RawFd) -> nix::Result<()> {
    // SAFETY: integers only.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) }).map(drop)
}

/// seccomp(2) `SECCOMP_SET_MODE_FILTER`.
pub(super) fn seccomp_filter(program: &[libc::sock_filter]) -> nix::Result<()> {
    const SET_MODE_FILTER: libc::c_uint = 1;
    let len = u16::try_from(program.len()).map_err(|_| Errno::EINVAL)?;
    let prog = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    // SAFETY: `prog` points to `len` live instructions, which the kernel only reads.
    check(unsafe { libc::syscall(libc::SYS_seccomp, SET_MODE_FILTER, 0, std::ptr::from_ref(&prog)) }).map(drop)
}

/// wait4(2) for any child, with what it used. `None`: nothing to wait for (or nothing yet, with `WNOHANG`).
pub(super) fn wait_any(flags: libc::c_int) -> nix::Result<Option<(libc::pid_t, libc::c_int, libc::rusage)>> {
    let mut status = 0;
    // SAFETY: rusage is plain integers; all-zero is a value of it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both out-pointers are live.
        match unsafe { libc::wait4(-1, &raw mut status, flags | libc::__WALL, &raw mut usage) } {
            0 => return Ok(None),
            -1 => match Errno::last() {
                Errno::EINTR => {}
                Errno::ECHILD => return Ok(None),
                e => return Err(e),
            },
            pid => return Ok(Some((pid, status, usage))),
        }
    }
}

/// kill(2) without a wrapper's checks: `-1` means everything in the PID namespace but ourselves, PID 1.
pub(super) fn kill_all() {
    // SAFETY: integers only. ESRCH (nobody there) is what we want.
    unsafe {
        libc::kill(-1, libc::SIGKILL);
    }
}

/// CPU time of a whole process, by its CPU clock (clock_getcpuclockid(3)), in microseconds: all threads, no children.
pub(super) fn process_cpu_us(pid: libc::pid_t) -> Option<u64> {
    const CPUCLOCK_SCHED: libc::clockid_t = 2;
    let clock = (!pid << 3) | CPUCLOCK_SCHED;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live out-pointer.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    Some(time.tv_sec.unsigned_abs() * 1_000_000 + time.tv_nsec.unsigned_abs() / 1000)
}

/// prlimit64(2) on ourselves. Cannot fail by lack of memory and takes no lock: safe after vfork.
pub(super) fn set_limit(resource: rlimit::Resource, soft: u64, hard: u64) -> std::io::Result<()> {
    rlimit::setrlimit(resource, soft, hard)
}

/// rt_sigaction(2) to the default action. glibc's wrapper refuses signals 32 and 33, which it uses itself; a caller may
/// have handed them down ignored all the same.
pub(super) fn default_action(signal: libc::c_int) {
    // The kernel's struct: handler (0: default), flags, restorer, mask.
    let action = [0_u64; 4];
    // SAFETY: `action` is a live struct of the kernel's size; a mask of 8 bytes is what it expects. No handler is ours.
    unsafe {
        libc::syscall(libc::SYS_rt_sigaction, signal, action.as_ptr(), std::ptr::null::<u64>(), size_of::<u64>());
    }
}
