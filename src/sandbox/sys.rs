//! System calls that neither `nix` nor `libc` wrap, and the one clone the run starts with.
//!
//! Everything here is a thin, typed shell around one system call; policy lives with the callers.
use nix::errno::Errno;
use nix::sys::socket::MsgFlags;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

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

/// The calls that only the zygote makes, each by a wrapper below that passes the slot's key ([`set_key`]) in the sixth argument
/// register. None of them has a sixth argument, so the kernel looks away; the slot's gate (`seccomp`) lets them pass by it.
pub(super) const KEYED: [libc::c_long; 19] = [
    libc::SYS_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_mount_setattr,
    libc::SYS_umount2,
    libc::SYS_clone3,
    libc::SYS_sendmsg,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
    libc::SYS_seccomp,
    libc::SYS_capset,
    libc::SYS_setresuid,
    libc::SYS_sched_setaffinity,
];

/// The key of this process's slot; 0 outside of a slot that stands.
static KEY: AtomicU64 = AtomicU64::new(0);

/// Draws the slot's key (getrandom(2)), which from now on goes with every call in [`KEYED`].
pub(super) fn draw_key() -> nix::Result<u64> {
    let mut key = [0_u8; 8];
    // SAFETY: the buffer lives through the call and is as long as it says.
    let got = check(unsafe { libc::syscall(libc::SYS_getrandom, key.as_mut_ptr(), key.len(), 0) })?;
    if usize::try_from(got) != Ok(key.len()) {
        return Err(Errno::EIO);
    }
    let key = u64::from_ne_bytes(key);
    KEY.store(key, Ordering::Relaxed);
    Ok(key)
}

/// One of [`KEYED`], with the key.
///
/// # Safety
/// As the call itself: pointers among `args` must hold what the kernel reads and writes there.
unsafe fn keyed(number: libc::c_long, args: [usize; 5]) -> nix::Result<libc::c_long> {
    // SAFETY: the caller's promise; the sixth argument is read by the filter only.
    check(unsafe { libc::syscall(number, args[0], args[1], args[2], args[3], args[4], KEY.load(Ordering::Relaxed)) })
}

/// A descriptor, or any other int, as the register has it (sign-extended).
const fn int(n: libc::c_int) -> usize {
    #[expect(clippy::cast_sign_loss, reason = "a register has no sign")]
    let register = n as isize as usize;
    register
}

fn check(ret: libc::c_long) -> nix::Result<libc::c_long> {
    if ret < 0 { Err(Errno::last()) } else { Ok(ret) }
}

fn owned(ret: nix::Result<libc::c_long>) -> nix::Result<OwnedFd> {
    let fd = RawFd::try_from(ret?).map_err(|_| Errno::EBADF)?;
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

/// clone3(2) with `CLONE_VM`: `entry(data)` runs in the child on a stack of its own, in our memory. No page table is copied.
/// With `CLONE_VFORK` we are suspended until it has called execve or exited.
///
/// # Safety
/// * `args.stack`/`stack_size` name a mapped stack that nothing else uses until the child has called execve or exited;
/// * `entry` never returns, does not unwind, does not allocate, and leaves by `_exit` or a successful execve;
/// * `data` stays valid and unmoved until then;
/// * without `CLONE_VFORK` both share one `errno`: until then either the caller makes no call of a C library that could fail, or `entry`
///   makes none;
/// * the caller is single-threaded, or `entry` touches nothing that another thread may be using.
pub(super) unsafe fn clone3_shared<T>(args: &CloneArgs, entry: extern "C" fn(*const T) -> !, data: *const T) -> nix::Result<libc::pid_t> {
    let ret: i64;
    // SAFETY: the kernel gives the child the stack pointer `stack + stack_size` (16-byte aligned by the
    // caller), so it never touches this frame; it leaves the block by the call only, which does not return.
    // rcx and r11 are clobbered by `syscall` itself. r12 and r13 by name: a register of the compiler's choice may be rbp, which the
    // child sets to 0 as the end of its chain of frames.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r13",
            "call r12",
            "ud2",
            "2:",
            in("r12") entry,
            in("r13") data,
            inlateout("rax") libc::SYS_clone3 => ret,
            in("rdi") std::ptr::from_ref(args),
            in("rsi") size_of::<CloneArgs>(),
            in("r9") KEY.load(Ordering::Relaxed),
            out("rcx") _,
            out("r11") _,
        );
    }
    if ret < 0 {
        return Err(Errno::from_raw(i32::try_from(-ret).unwrap_or(libc::EINVAL)));
    }
    libc::pid_t::try_from(ret).map_err(|_| Errno::EOVERFLOW)
}

/// execve(2), without a C library's `errno`: it may be shared with who made us ([`clone3_shared`]). Returns only if it failed.
///
/// # Safety
/// `path` is a C string; both arrays are null-terminated and of C strings. All live through the call.
pub(super) unsafe fn execve(path: *const libc::c_char, argv: *const *const libc::c_char, env: *const *const libc::c_char) -> Errno {
    let ret: i64;
    // SAFETY: the caller's promise; the call writes no memory of ours when it fails, and does not return otherwise. rcx and
    // r11 are clobbered by `syscall` itself.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") libc::SYS_execve => ret,
            in("rdi") path,
            in("rsi") argv,
            in("rdx") env,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    Errno::from_raw(i32::try_from(-ret).unwrap_or(libc::EINVAL))
}

/// A copy of a descriptor that came with this program, by its number.
pub fn inherited(fd: RawFd) -> nix::Result<OwnedFd> {
    // SAFETY: it only copies; a number that is not open is an error.
    let copy = Errno::result(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) })?;
    // SAFETY: the copy is new, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// fsopen(2).
pub(super) fn fsopen(kind: &CStr) -> nix::Result<OwnedFd> {
    const FSOPEN_CLOEXEC: usize = 1;
    // SAFETY: `kind` is NUL-terminated and lives through the call.
    owned(unsafe { keyed(libc::SYS_fsopen, [kind.as_ptr() as usize, FSOPEN_CLOEXEC, 0, 0, 0]) })
}

/// fsconfig(2) `FSCONFIG_SET_STRING`.
pub(super) fn fsconfig_set(fs: BorrowedFd, key: &CStr, value: &CStr) -> nix::Result<()> {
    const SET_STRING: usize = 1;
    // SAFETY: both strings are NUL-terminated and live through the call.
    unsafe { keyed(libc::SYS_fsconfig, [int(fs.as_raw_fd()), SET_STRING, key.as_ptr() as usize, value.as_ptr() as usize, 0]) }.map(drop)
}

/// fsconfig(2) `FSCONFIG_CMD_CREATE`.
pub(super) fn fsconfig_create(fs: BorrowedFd) -> nix::Result<()> {
    const CMD_CREATE: usize = 6;
    // SAFETY: the command takes no key and no value.
    unsafe { keyed(libc::SYS_fsconfig, [int(fs.as_raw_fd()), CMD_CREATE, 0, 0, 0]) }.map(drop)
}

/// fsmount(2): a detached mount, close-on-exec.
pub(super) fn fsmount(fs: BorrowedFd, attributes: u64) -> nix::Result<OwnedFd> {
    const FSMOUNT_CLOEXEC: usize = 1;
    let attributes = usize::try_from(attributes).map_err(|_| Errno::EINVAL)?;
    // SAFETY: integers only.
    owned(unsafe { keyed(libc::SYS_fsmount, [int(fs.as_raw_fd()), FSMOUNT_CLOEXEC, attributes, 0, 0]) })
}

/// open_tree(2) with `OPEN_TREE_CLONE` of `path` below `dir` ("" for `dir` itself): a detached copy of a mount.
pub(super) fn open_tree_clone(dir: BorrowedFd, path: &CStr, recursive: bool) -> nix::Result<OwnedFd> {
    const OPEN_TREE_CLONE: libc::c_int = 1;
    let mut flags = OPEN_TREE_CLONE | libc::O_CLOEXEC | libc::AT_EMPTY_PATH;
    if recursive {
        flags |= libc::AT_RECURSIVE;
    }
    // SAFETY: `path` is NUL-terminated and lives through the call.
    owned(unsafe { keyed(libc::SYS_open_tree, [int(dir.as_raw_fd()), path.as_ptr() as usize, int(flags), 0, 0]) })
}

/// open_tree(2) with `OPEN_TREE_CLONE` of one path: a detached copy of the mount it lies on.
pub(super) fn open_tree_clone_at(path: &CStr) -> nix::Result<OwnedFd> {
    const OPEN_TREE_CLONE: libc::c_int = 1;
    // SAFETY: `path` is NUL-terminated and lives through the call.
    owned(unsafe {
        keyed(libc::SYS_open_tree, [int(libc::AT_FDCWD), path.as_ptr() as usize, int(OPEN_TREE_CLONE | libc::O_CLOEXEC), 0, 0])
    })
}

/// move_mount(2) of a detached mount onto `path` below `dir`, symbolic links not followed.
pub(super) fn move_mount(mount: BorrowedFd, dir: RawFd, path: &CStr) -> nix::Result<()> {
    const F_EMPTY_PATH: usize = 4;
    let args = [int(mount.as_raw_fd()), c"".as_ptr() as usize, int(dir), path.as_ptr() as usize, F_EMPTY_PATH];
    // SAFETY: both strings are NUL-terminated and live through the call.
    unsafe { keyed(libc::SYS_move_mount, args) }.map(drop)
}

/// mount(2) of a new tmpfs.
pub(super) fn mount_tmpfs(at: &CStr, flags: libc::c_ulong, options: &CStr) -> nix::Result<()> {
    let kind = c"tmpfs".as_ptr() as usize;
    let args = [kind, at.as_ptr() as usize, kind, usize::try_from(flags).unwrap_or_default(), options.as_ptr() as usize];
    // SAFETY: all strings are NUL-terminated and live through the call.
    unsafe { keyed(libc::SYS_mount, args) }.map(drop)
}

/// mount(2) `MS_BIND` of a directory; what holds for the mount it lies on (nosuid, nodev) holds here too.
pub(super) fn mount_bind(from: &CStr, at: &CStr) -> nix::Result<()> {
    let bind = usize::try_from(libc::MS_BIND).unwrap_or_default();
    // SAFETY: both strings are NUL-terminated and live through the call; a bind takes no type and no options.
    unsafe { keyed(libc::SYS_mount, [from.as_ptr() as usize, at.as_ptr() as usize, 0, bind, 0]) }.map(drop)
}

/// umount2(2) `MNT_DETACH`.
pub(super) fn detach(path: &CStr) -> nix::Result<()> {
    // SAFETY: `path` is NUL-terminated and lives through the call.
    unsafe { keyed(libc::SYS_umount2, [path.as_ptr() as usize, int(libc::MNT_DETACH), 0, 0, 0]) }.map(drop)
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
    let attr = std::ptr::from_ref(&attr);
    let args = [int(mount.as_raw_fd()), c"".as_ptr() as usize, int(flags), attr as usize, size_of::<MountAttr>()];
    // SAFETY: `attr` is a live mount_attr of the size given.
    unsafe { keyed(libc::SYS_mount_setattr, args) }.map(drop)
}

/// sendmsg(2) of one datagram with its descriptors (unix(7), SCM_RIGHTS); at most [`MOST_RIGHTS`].
pub(super) fn send_message(socket: BorrowedFd, bytes: &[u8], fds: &[RawFd]) -> nix::Result<()> {
    if fds.len() > MOST_RIGHTS {
        return Err(Errno::EINVAL);
    }
    // u64: as aligned as a control message's header must be (cmsg(3)).
    let mut control = [0_u64; 8];
    let length = u32::try_from(size_of_val(fds)).map_err(|_| Errno::EINVAL)?;
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: an all-zero msghdr is one of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    if !fds.is_empty() {
        message.msg_control = control.as_mut_ptr().cast();
        // SAFETY: arithmetic only. The room, 64 bytes, is that of a header and more than MOST_RIGHTS descriptors.
        unsafe {
            message.msg_controllen = libc::CMSG_SPACE(length) as usize;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(length) as usize;
            std::ptr::copy_nonoverlapping(fds.as_ptr().cast::<u8>(), libc::CMSG_DATA(header), size_of_val(fds));
        }
    }
    let args = [int(socket.as_raw_fd()), &raw const message as usize, int(libc::MSG_NOSIGNAL), 0, 0];
    // SAFETY: the message, its part and its control data are live; the kernel reads them only.
    unsafe { keyed(libc::SYS_sendmsg, args) }.map(drop)
}

/// Descriptors in one datagram.
pub(super) const MOST_RIGHTS: usize = 8;

/// One datagram, as it came.
pub(super) struct Received {
    pub len: usize,
    /// Something of it, or of what came with it, is missing.
    pub truncated: bool,
    pub fds: Vec<OwnedFd>,
}

/// The most descriptors that the kernel passes on in one (`SCM_MAX_FD`, unix(7)). There is room for them all, because what comes
/// with a cut-off list is open in this process and known to nobody.
const KERNEL_RIGHTS: usize = 253;

/// recvmsg(2) of one datagram and its descriptors, close-on-exec. By the bare call: at this process's limit of open files the
/// kernel installs as many as there is room for and says `MSG_CTRUNC`, and nix then gives none of them out.
pub(super) fn receive_message(socket: BorrowedFd, bytes: &mut [u8], flags: MsgFlags) -> nix::Result<Received> {
    // u64: as aligned as a control message's header must be (cmsg(3)); two headers' worth beyond the descriptors.
    let mut control = [0_u64; KERNEL_RIGHTS / 2 + 8];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // SAFETY: an all-zero msghdr is one of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control);
    let flags = (flags | MsgFlags::MSG_CMSG_CLOEXEC).bits();
    // SAFETY: the message, its part and its control data are live, and as long as they say.
    let len = Errno::result(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags) })?;
    let mut fds = Vec::new();
    // SAFETY: the kernel has filled `control` up to `msg_controllen`; what CMSG_FIRSTHDR and CMSG_NXTHDR give lies in it. Each of
    // the descriptors was installed for us with this very message.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let rights = (*header).cmsg_len.saturating_sub(libc::CMSG_LEN(0) as usize) / size_of::<RawFd>();
                let first = libc::CMSG_DATA(header);
                fds.extend((0..rights).map(|n| {
                    let mut fd = [0; size_of::<RawFd>()];
                    std::ptr::copy_nonoverlapping(first.add(n * fd.len()), fd.as_mut_ptr(), fd.len());
                    OwnedFd::from_raw_fd(RawFd::from_ne_bytes(fd))
                }));
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    let truncated = message.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC) != 0;
    Ok(Received { len: usize::try_from(len).unwrap_or(0), truncated, fds })
}

/// setns(2): into a namespace that is open here; `kind` says which sort it must be.
pub(super) fn enter_namespace(namespace: BorrowedFd, kind: libc::c_int) -> nix::Result<()> {
    // SAFETY: integers only.
    unsafe { keyed(libc::SYS_setns, [int(namespace.as_raw_fd()), int(kind), 0, 0, 0]) }.map(drop)
}

/// unshare(2): namespaces of our own from here on.
pub(super) fn unshare(kinds: libc::c_int) -> nix::Result<()> {
    // SAFETY: integers only.
    unsafe { keyed(libc::SYS_unshare, [int(kinds), 0, 0, 0, 0]) }.map(drop)
}

/// sched_setaffinity(2) of `thread`, or with 0 of ourselves and of who is cloned from now on: to the CPUs whose bits are set.
pub(super) fn set_affinity(thread: libc::pid_t, cpus: &CpuBits) -> nix::Result<()> {
    // SAFETY: `cpus` is live and as long as it says.
    unsafe { keyed(libc::SYS_sched_setaffinity, [int(thread), size_of::<CpuBits>(), cpus.as_ptr() as usize, 0, 0]) }.map(drop)
}

/// One bit for each CPU, as many as glibc has (`CPU_SETSIZE`).
pub(super) type CpuBits = [u64; 16];

/// pivot_root(".", "."): the old root ends up mounted over the new one, and is detached from there (pivot_root(2)).
pub(super) fn pivot_root_here() -> nix::Result<()> {
    // SAFETY: constant NUL-terminated strings.
    check(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) }).map(drop)
}

/// setresuid/setresgid/setgroups by the raw calls: glibc's wrappers broadcast to threads we don't have, and
/// take locks a child that shares our memory must not take.
pub(super) fn set_ids(uid: u32, gid: u32) -> nix::Result<()> {
    // SAFETY: a null list of length 0.
    check(unsafe { libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()) })?;
    set_gid(gid)?;
    set_uid(uid)
}

/// Real, effective and saved.
pub(super) fn set_gid(gid: u32) -> nix::Result<()> {
    let gid = gid as usize;
    // SAFETY: integers only.
    unsafe { keyed(libc::SYS_setresgid, [gid, gid, gid, 0, 0]) }.map(drop)
}

/// Real, effective and saved.
pub(super) fn set_uid(uid: u32) -> nix::Result<()> {
    let uid = uid as usize;
    // SAFETY: integers only.
    unsafe { keyed(libc::SYS_setresuid, [uid, uid, uid, 0, 0]) }.map(drop)
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
    unsafe { keyed(libc::SYS_capset, [std::ptr::from_ref(&header) as usize, none.as_ptr() as usize, 0, 0, 0]) }.map(drop)
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

/// `struct landlock_ruleset_attr` (landlock_create_ruleset(2)), as of ABI 6. Older kernels take the longer struct too, as long
/// as what they don't know is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct RulesetAttr {
    pub handled_access_fs: u64,
    pub handled_access_net: u64,
    pub scoped: u64,
}

/// landlock_create_ruleset(2).
pub(super) fn landlock_create_ruleset(attr: &RulesetAttr) -> nix::Result<OwnedFd> {
    let args = [std::ptr::from_ref(attr) as usize, size_of::<RulesetAttr>(), 0, 0, 0];
    // SAFETY: `attr` is a live ruleset_attr of the size given.
    owned(unsafe { keyed(libc::SYS_landlock_create_ruleset, args) })
}

/// landlock_add_rule(2) `LANDLOCK_RULE_PATH_BENEATH`: `allowed` holds for what `parent` is open on, and all below.
pub(super) fn landlock_allow(ruleset: BorrowedFd, parent: BorrowedFd, allowed: u64) -> nix::Result<()> {
    #[repr(C, packed)]
    struct PathBeneathAttr {
        allowed_access: u64,
        parent_fd: i32,
    }
    const PATH_BENEATH: usize = 1;
    let attr = PathBeneathAttr { allowed_access: allowed, parent_fd: parent.as_raw_fd() };
    let args = [int(ruleset.as_raw_fd()), PATH_BENEATH, std::ptr::from_ref(&attr) as usize, 0, 0];
    // SAFETY: `attr` is a live path_beneath_attr, packed as the kernel has it.
    unsafe { keyed(libc::SYS_landlock_add_rule, args) }.map(drop)
}

/// landlock_restrict_self(2).
pub(super) fn landlock_restrict_self(ruleset: RawFd) -> nix::Result<()> {
    // SAFETY: integers only.
    unsafe { keyed(libc::SYS_landlock_restrict_self, [int(ruleset), 0, 0, 0, 0]) }.map(drop)
}

/// seccomp(2) `SECCOMP_SET_MODE_FILTER`.
pub(super) fn seccomp_filter(program: &[libc::sock_filter]) -> nix::Result<()> {
    const SET_MODE_FILTER: usize = 1;
    let len = u16::try_from(program.len()).map_err(|_| Errno::EINVAL)?;
    let prog = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    // SAFETY: `prog` points to `len` live instructions, which the kernel only reads.
    unsafe { keyed(libc::SYS_seccomp, [SET_MODE_FILTER, 0, std::ptr::from_ref(&prog) as usize, 0, 0]) }.map(drop)
}

/// What wait4(2) had to say.
pub(super) enum Waited {
    /// This child ended, with this status, and had used this.
    Ended(libc::pid_t, libc::c_int, libc::rusage),
    /// There are children, and none has ended (with `WNOHANG`).
    Running,
    /// There are no children. Said to PID 1: there is nobody else in the PID namespace, since who loses his parent gets us.
    Nobody,
}

/// wait4(2) for any child.
pub(super) fn wait_any(flags: libc::c_int) -> nix::Result<Waited> {
    let mut status = 0;
    // SAFETY: rusage is plain integers; all-zero is a value of it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both out-pointers are live.
        match unsafe { libc::wait4(-1, &raw mut status, flags | libc::__WALL, &raw mut usage) } {
            0 => return Ok(Waited::Running),
            -1 => match Errno::last() {
                Errno::EINTR => {}
                Errno::ECHILD => return Ok(Waited::Nobody),
                e => return Err(e),
            },
            pid => return Ok(Waited::Ended(pid, status, usage)),
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

/// sched_yield(2): another first, if one waits for this CPU.
pub(super) fn yield_now() {
    // SAFETY: no arguments.
    unsafe {
        libc::sched_yield();
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

/// close_range(2): every descriptor from `first` on.
pub(super) fn close_from(first: libc::c_uint) -> nix::Result<()> {
    // SAFETY: integers only.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) }).map(drop)
}

/// Wipes the arguments and the environment that this process was executed with, where it and /proc show them: what is left is
/// `name`. For a process with one thread, which asks for neither afterwards.
pub(super) fn forget_arguments(name: &str) {
    unsafe extern "C" {
        // environ(7)
        static environ: *const *mut libc::c_char;
        // program_invocation_name(3): argv[0]
        static program_invocation_name: *mut libc::c_char;
    }
    let length: usize = std::env::args_os().map(|argument| argument.len() + 1).sum();
    // SAFETY: the kernel puts the arguments one after the other, each with its NUL, into memory that is this process's to write
    // (proc_pid_cmdline(5)); nobody has moved them or what points to the first, and there is no other thread to read them.
    unsafe {
        let first = program_invocation_name;
        if length > 0 && !first.is_null() {
            std::ptr::write_bytes(first, 0, length);
            std::ptr::copy_nonoverlapping(name.as_ptr().cast(), first, name.len().min(length - 1));
        }
    }
    // SAFETY: a null-terminated array of strings that are this process's to write; there is no other thread to read them.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            std::ptr::write_bytes(*next, 0, libc::strlen(*next));
            next = next.add(1);
        }
    }
    if let Ok(name) = std::ffi::CString::new(name) {
        let _ = nix::sys::prctl::set_name(&name);
    }
}
