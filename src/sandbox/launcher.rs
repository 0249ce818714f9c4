//! From the supervisor to a slot: this program again, executed afresh, so that no lock, heap or thread of the
//! supervisor's is ever forked. The launcher makes the zygote in its namespaces, maps its ids from outside, and
//! waits for its end.
//!
//! Nobody needs to kill it: when the supervisor goes, however it goes, the zygote reads the end of its socket and
//! exits, the kernel kills the rest of the PID namespace, and the launcher's wait is over.
use super::fault::{At, Fault, Step};
use super::opener::{self, OPENER};
use super::sys::{self, CloneArgs};
use super::userns::Mapping;
use super::wire::{self, FromZygote, ToZygote};
use super::zygote;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::MsgFlags;
use nix::unistd::Pid;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::OnceLock;

/// argv[0] of a launcher.
pub const LAUNCHER: &str = "assize-zygote";

/// The first statement of every program that uses the sandbox: where this process was started as a launcher
/// or an opener it becomes one, before any runtime or thread exists, and never returns.
pub fn divert() {
    // An ignored one is handed down (nohup(1) does it with another), and then children are not waited for: they are gone, and their
    // numbers others' (wait(2), "ERRORS").
    sys::default_action(libc::SIGCHLD);
    if std::env::args_os().next().is_some_and(|name| name == OPENER) {
        std::process::exit(take_socket().map_or(1, |socket| opener::serve(&socket)));
    }
    if std::env::args_os().next().is_some_and(|name| name == LAUNCHER) {
        std::process::exit(match launch() {
            Ok(status) => status,
            Err((socket, fault)) => {
                if let Some(socket) = socket {
                    let _ = wire::send(socket.as_fd(), &FromZygote::Failed(fault), &[]);
                }
                1
            }
        });
    }
}

/// The program to execute as a launcher: ourselves, but so that not even a run that found a way to its zygote's
/// /proc/PID/exe could change what is executed next (runc's CVE-2019-5736).
pub fn executable() -> io::Result<PathBuf> {
    static SAFE: OnceLock<OwnedFd> = OnceLock::new();
    if SAFE.get().is_none() {
        // A view takes a tenth of the time of a copy, and is there wherever runs can be had.
        let safe = view::read_only().map_or_else(sealed_copy, Ok)?;
        // Two threads may both have made one; the first stays.
        let _ = SAFE.set(safe);
    }
    let fd = SAFE.get().ok_or_else(|| io::Error::other("no safe copy of the program"))?;
    Ok(PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd())))
}

/// Ourselves through a read-only mount.
mod view {
    use super::sys::{self, CloneArgs};
    use nix::sys::stat::{fstat, stat};
    use nix::sys::statvfs::{FsFlags, fstatvfs};
    use nix::sys::wait::{WaitPidFlag, waitpid};
    use std::cell::Cell;
    use std::ffi::CString;
    use std::os::fd::{AsFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
    use std::os::unix::ffi::OsStringExt;

    struct Asked {
        path: CString,
        got: Cell<Option<RawFd>>,
    }

    /// `None`: it can't be had here, or turned out not to be ourselves.
    pub(super) fn read_only() -> Option<OwnedFd> {
        let path = std::fs::read_link("/proc/self/exe").ok()?.into_os_string().into_vec();
        let asked = Asked { path: CString::new(path).ok()?, got: Cell::new(None) };
        let mut stack = vec![0_u128; 1024];
        // The child shares our descriptors, and has a mount namespace in which it may set what it opens to read-only. The mount
        // hangs nowhere, and lives as long as its descriptor.
        let mut flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES | libc::CLONE_NEWNS;
        if !nix::unistd::Uid::effective().is_root() {
            flags |= libc::CLONE_NEWUSER;
        }
        let args = CloneArgs {
            flags: u64::from(flags.cast_unsigned()),
            exit_signal: libc::SIGCHLD.cast_unsigned().into(),
            stack: stack.as_mut_ptr() as u64,
            stack_size: size_of_val(stack.as_slice()) as u64,
            ..CloneArgs::default()
        };
        // SAFETY: the stack is ours, aligned and used by nobody else; `open` never returns and makes system calls only, so that
        // it takes no lock another thread may hold; `asked` outlives the call, during which this thread is suspended.
        let child = unsafe { sys::clone3_shared(&args, open, &raw const asked) }.ok()?;
        let _ = waitpid(nix::unistd::Pid::from_raw(child), Some(WaitPidFlag::__WALL));
        // SAFETY: the child opened this descriptor in our table, and nobody else knows it.
        let fd = unsafe { OwnedFd::from_raw_fd(asked.got.get()?) };
        let (found, own) = (fstat(&fd).ok()?, stat("/proc/self/exe").ok()?);
        let read_only = fstatvfs(&fd).ok()?.flags().contains(FsFlags::ST_RDONLY);
        (read_only && (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)).then_some(fd)
    }

    extern "C" fn open(asked: *const Asked) -> ! {
        // SAFETY: the caller keeps it alive and unmoved, and is suspended until we exit.
        let asked = unsafe { &*asked };
        if let Ok(fd) = sys::open_tree_clone_at(&asked.path)
            && sys::mount_set(fd.as_fd(), libc::MOUNT_ATTR_RDONLY, false).is_ok()
        {
            asked.got.set(Some(fd.into_raw_fd()));
        }
        // SAFETY: ends this process only, without running destructors or exit handlers of our maker's.
        unsafe { libc::_exit(0) }
    }
}

/// Where there is no such view: a copy in memory that nobody can write to.
fn sealed_copy() -> io::Result<OwnedFd> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    // Since 6.3, and needed where `vm.memfd_noexec` is set; older kernels don't know it, and need no telling.
    let executable = MFdFlags::from_bits_retain(libc::MFD_EXEC);
    let fd = memfd_create(LAUNCHER, flags | executable).or_else(|_| memfd_create(LAUNCHER, flags))?;
    let mut file = File::from(fd);
    io::copy(&mut File::open("/proc/self/exe")?, &mut file)?;
    let fd = OwnedFd::from(file);
    seal(&fd)?;
    // The writable descriptor must be gone before the first execve (ETXTBSY): reopen it for reading only.
    Ok(OwnedFd::from(File::open(format!("/proc/self/fd/{}", fd.as_raw_fd()))?))
}

/// Makes a memory file unchangeable for good. Nobody has mapped it to write to it yet, so that it is enough that nobody can any more
/// (`F_SEAL_FUTURE_WRITE`, since 5.1); for the other seal the kernel would see to it that nobody is about to write to one of its pages.
pub fn seal(fd: &OwnedFd) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    let seals = SealFlag::F_SEAL_SEAL | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_FUTURE_WRITE;
    Ok(fcntl(fd, FcntlArg::F_ADD_SEALS(seals)).map(drop)?)
}

type Failure = (Option<OwnedFd>, Fault);

fn launch() -> Result<i32, Failure> {
    let socket = take_socket().map_err(|e| (None, e))?;
    match prepare(&socket) {
        Ok((start, cgroup)) => make_zygote(socket, start, cgroup),
        Err(fault) => Err((Some(socket), fault)),
    }
}

/// The socket came as stdin; afterwards 0 and 1 are /dev/null, so that no descriptor of ours is ever one of a run's streams.
pub(super) fn take_socket() -> Result<OwnedFd, Fault> {
    let socket = io::stdin().as_fd().try_clone_to_owned().at(Step::Wire)?;
    let null = File::options().read(true).write(true).open("/dev/null").at(Step::Wire)?;
    nix::unistd::dup2_stdin(&null).at(Step::Wire)?;
    nix::unistd::dup2_stdout(&null).at(Step::Wire)?;
    Ok(socket)
}

fn prepare(socket: &OwnedFd) -> Result<(wire::Start, Option<OwnedFd>), Fault> {
    single_threaded()?;
    default_signals();
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    let mut buffer = Vec::new();
    match wire::receive(socket.as_fd(), &mut buffer, MsgFlags::empty()).at(Step::Wire)? {
        Some((ToZygote::Start(start), fds)) => Ok((*start, fds.into_iter().next())),
        _ => Err(Fault { step: Step::Wire, errno: 0, detail: Some("a launcher is told to start first".into()) }),
    }
}

/// As every process must be that forks: its child has a copy of all that another thread held locked.
pub(super) fn single_threaded() -> Result<(), Fault> {
    use std::os::unix::fs::MetadataExt as _;
    // A directory has two links, and this one another for each thread (proc_task_getattr in fs/proc/base.c).
    let threads = std::fs::metadata("/proc/self/task").at(Step::SingleThread)?.nlink().saturating_sub(2);
    if threads == 1 {
        return Ok(());
    }
    Err(Fault { step: Step::SingleThread, errno: 0, detail: Some(format!("there are {threads} threads")) })
}

fn make_zygote(socket: OwnedFd, start: wire::Start, cgroup: Option<OwnedFd>) -> Result<i32, Failure> {
    let ids = start.ids;
    let (reader, mut writer) = match io::pipe().at(Step::CloneZygote) {
        Ok(pipe) => pipe,
        Err(fault) => return Err((Some(socket), fault)),
    };
    let args = CloneArgs {
        flags: u64::from(zygote::SLOT_NAMESPACES.cast_unsigned()),
        exit_signal: libc::SIGCHLD.cast_unsigned().into(),
        ..CloneArgs::default()
    };
    // SAFETY: `prepare` has seen that this is the only thread, and nothing since then starts another.
    let pid = match unsafe { sys::clone3_fork(&args) }.at(Step::CloneZygote) {
        Ok(0) => {
            drop(writer);
            let status = match zygote::await_id_map(reader) {
                Ok(()) => zygote::serve(&socket, start, cgroup, Vec::new(), None),
                Err(_) => 1,
            };
            // SAFETY: ends this process only; the launcher's exit handlers are not ours to run.
            unsafe { libc::_exit(status) }
        }
        Ok(pid) => Pid::from_raw(pid),
        Err(fault) => return Err((Some(socket), fault)),
    };
    drop(reader);
    let ready = ids
        .write(pid)
        .and_then(Mapping::finish)
        .and_then(|()| enter_cgroup(cgroup.as_ref().map(AsFd::as_fd), pid))
        .and_then(|()| writer.write_all(b"!").at(Step::AwaitIdMap));
    // Without its byte the zygote gives up by itself.
    drop(writer);
    if let Err(fault) = ready {
        return Err((Some(socket), fault));
    }
    // The zygote's copy must be the only one: the supervisor learns of its end by the socket's.
    drop(socket);
    loop {
        match nix::sys::wait::waitpid(pid, None) {
            Err(nix::errno::Errno::EINTR) => {}
            _ => return Ok(0),
        }
    }
}

/// Puts the zygote into its slot's cgroup, beside the leaves of its runs and never in one.
pub(super) fn enter_cgroup(slot: Option<BorrowedFd>, pid: Pid) -> Result<(), Fault> {
    use nix::fcntl::{OFlag, openat};
    let Some(slot) = slot else { return Ok(()) };
    let procs = openat(slot, "zygote/cgroup.procs", OFlag::O_WRONLY | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())
        .at_with(Step::Cgroup, || "zygote/cgroup.procs".into())?;
    File::from(procs).write_all(pid.to_string().as_bytes()).at_with(Step::Cgroup, || "zygote/cgroup.procs".into())
}

/// Ignored signals survive execve: what our caller ignored (nohup), and SIGPIPE which Rust's start-up ignores, must
/// not be ignored in runs. Nothing is blocked either.
pub(super) fn default_signals() {
    for signal in (1..=LAST_SIGNAL).filter(|s| ![libc::SIGKILL, libc::SIGSTOP].contains(s)) {
        sys::default_action(signal);
    }
    let _ = nix::sys::signal::SigSet::empty().thread_set_mask();
}

/// `_NSIG` (signal(7)): real-time signals too, and those that glibc keeps for itself.
const LAST_SIGNAL: libc::c_int = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;
    use nix::fcntl::FallocateFlags;
    use std::os::unix::fs::FileExt as _;

    /// Through the very descriptor, which is open for writing, and by opening it again.
    #[test]
    fn what_is_sealed_stays_as_it_is() {
        let file = File::from(memfd_create(c"sealed", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).unwrap());
        let map = |protection| {
            // SAFETY: a mapping of its own, of a file that does not shrink, which nobody reads through.
            let at = unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, libc::MAP_SHARED, file.as_raw_fd(), 0) };
            if at == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(at) }
        };
        file.write_all_at(b"as it is", 0).unwrap();
        // The control: before it is sealed all of it can be done.
        let writable = map(libc::PROT_READ | libc::PROT_WRITE).unwrap();
        // SAFETY: the mapping made above.
        assert_eq!(unsafe { libc::munmap(writable, 4096) }, 0);
        let fd = OwnedFd::from(file.try_clone().unwrap());
        seal(&fd).unwrap();
        assert_eq!(file.write_at(b"otherwise", 0).unwrap_err().raw_os_error(), Some(libc::EPERM));
        let again = File::options().write(true).open(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
        assert_eq!(again.write_at(b"otherwise", 0).unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert_eq!(file.set_len(0).unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert_eq!(file.set_len(1 << 20).unwrap_err().raw_os_error(), Some(libc::EPERM));
        let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        assert_eq!(nix::fcntl::fallocate(&file, hole, 0, 4096), Err(Errno::EPERM));
        assert_eq!(map(libc::PROT_READ | libc::PROT_WRITE), Err(Errno::EPERM));
        let readable = map(libc::PROT_READ).unwrap();
        // SAFETY: the mapping made above, whose protection is all that would change.
        assert_eq!(Errno::result(unsafe { libc::mprotect(readable, 4096, libc::PROT_READ | libc::PROT_WRITE) }), Err(Errno::EACCES));
        // SAFETY: likewise.
        assert_eq!(unsafe { libc::munmap(readable, 4096) }, 0);
        let others = nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_ADD_SEALS(nix::fcntl::SealFlag::F_SEAL_WRITE));
        assert_eq!(others, Err(Errno::EPERM), "more seals can be added, so some could be missing");
        let mut text = [0; 8];
        file.read_exact_at(&mut text, 0).unwrap();
        assert_eq!(&text, b"as it is");
    }
}
