//! A slot's zygote that is forked from this very process, before what it shall hold is known: for who needs one slot, and soon
//! (`assize run`). A launcher is executed afresh, which takes longer than all that a short command does.
//!
//! What a launcher is there for holds here too. No lock, heap in use or thread of another is forked: there is one thread
//! (asserted). The zygote has nothing of ours: its first steps close every descriptor but its socket, and wipe arguments and
//! environment; what the heap has at that time is what the command line says, or nothing yet of that. Its program (runc's CVE-2019-5736)
//! is one that no run of the slot may write to; where that can't be said, there is no zygote ahead, and a launcher comes through its
//! read-only view.
//!
//! Its maker does for it what a launcher does: maps its ids from outside, and waits for its end.
use super::cpus;
use super::fault::{At, Fault, Step};
use super::launcher::{self, LAUNCHER};
use super::spec::Root;
use super::sys::{self, CloneArgs};
use super::userns::{Claim, IdMap, IdSource, Mapping};
use super::wire::{self, FromZygote, RootPlan, ToZygote};
use super::without::Without;
use super::zygote::{self, Rooted};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, socketpair};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};

/// A zygote without ids, which makes its namespaces.
#[derive(Debug)]
pub struct Unmapped {
    socket: OwnedFd,
    zygote: Forked,
}

/// A zygote that waits to be told what to hold, while its ids are being mapped.
#[derive(Debug)]
pub struct Ahead {
    socket: OwnedFd,
    mapping: Mapping,
    zygote: Forked,
    claim: Claim,
}

impl Unmapped {
    /// Forks it before its ids are known. `None`: not here, or with some ids its program would be one that a run may write to.
    pub fn early() -> Option<Self> {
        // That of a file of the caller's own, with the caller's own.
        is_safe_with(IdMap::Self_).then(Self::fork)?
    }

    fn fork() -> Option<Self> {
        launcher::single_threaded().ok()?;
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).ok()?;
        let mut pidfd = -1;
        let args = CloneArgs {
            flags: u64::from((libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_PIDFD).cast_unsigned()),
            pidfd: std::ptr::from_mut(&mut pidfd) as u64,
            exit_signal: libc::SIGCHLD.cast_unsigned().into(),
            ..CloneArgs::default()
        };
        // SAFETY: this is the only thread, as has just been seen.
        let pid = match unsafe { sys::clone3_fork(&args) }.ok()? {
            0 => {
                let status = serve(&theirs);
                // SAFETY: ends this process only; its maker's exit handlers are not its to run.
                unsafe { libc::_exit(status) }
            }
            pid => Pid::from_raw(pid),
        };
        cpus::send_away(pid);
        // SAFETY: CLONE_PIDFD made this descriptor for us.
        Some(Self { socket: ours, zygote: Forked { pid, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } } })
    }

    fn map(self, claim: Claim) -> Option<Ahead> {
        let Self { socket, zygote } = self;
        let mapping = claim.ids.write(zygote.pid).ok()?;
        Some(Ahead { socket, mapping, zygote, claim })
    }
}

/// Whether no run with these ids could write to the zygote's program.
fn is_safe_with(ids: IdMap) -> bool {
    std::fs::metadata("/proc/self/exe").is_ok_and(|program| !ids.may_write(&program))
}

impl Ahead {
    /// Has the ids mapped of one that was forked `early`, or forks one. `None`, and no zygote any more: not here, or not with these ids.
    /// Where they can't be had for another reason, a launcher says better what that is.
    pub fn begin(early: Option<Unmapped>, source: IdSource) -> Option<Self> {
        let claim = source.claim().ok()?;
        if !is_safe_with(claim.ids) {
            return None;
        }
        early.or_else(Unmapped::fork)?.map(claim)
    }

    /// Its ids.
    pub fn ids(&self) -> IdMap {
        self.claim.ids
    }

    /// Its process, and those that are writing its maps: all are children of ours.
    pub fn processes(&self) -> Vec<Pid> {
        std::iter::once(self.zygote.pid).chain(self.mapping.writers()).collect()
    }

    /// Tells it what its root has of the host, if its ids stand already: it builds that while its maker finds out the rest. Without
    /// this it does so with its start, and if this should fail, so does that, and says why.
    pub fn build(&self, root: &Root, without: Without) {
        if self.mapping.stands() {
            let plan = RootPlan { root: root.clone(), ids: self.claim.ids, without };
            let _ = wire::send(self.socket.as_fd(), &ToZygote::Root(Box::new(plan)), &[]);
        }
    }

    /// Waits until its ids stand, and puts it into its slot's cgroup: now it may be told what to hold.
    pub fn finish(self, cgroup: Option<BorrowedFd>) -> Result<(OwnedFd, Forked, Claim), Fault> {
        let Self { socket, mapping, zygote, claim } = self;
        match mapping.finish().and_then(|()| launcher::enter_cgroup(cgroup, zygote.pid)) {
            Ok(()) => Ok((socket, zygote, claim)),
            // One that has ended by itself has said why: that is why it could not be mapped.
            Err(fault) => match wire::receive(socket.as_fd(), &mut Vec::new(), MsgFlags::MSG_DONTWAIT) {
                Ok(Some((FromZygote::Failed(said), _))) => Err(said),
                _ => Err(fault),
            },
        }
    }
}

/// A zygote of our own, dead and gone when this is dropped.
#[derive(Debug)]
pub struct Forked {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Forked {
    /// Ends it, and with it all that is in its PID namespace.
    pub fn kill(&self) {
        // Not reaped by anybody else, so that the number is still its own.
        let _ = nix::sys::signal::kill(self.pid, nix::sys::signal::Signal::SIGKILL);
    }

    /// Its end is readable from this descriptor (pidfd_open(2)).
    pub fn end(&self) -> io::Result<OwnedFd> {
        self.pidfd.try_clone()
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        self.kill();
        while waitpid(self.pid, Some(WaitPidFlag::__WALL)) == Err(nix::errno::Errno::EINTR) {}
    }
}

/// In the fork: what a launcher does for its zygote, and then that zygote's part.
fn serve(socket: &OwnedFd) -> i32 {
    let Ok(socket) = alone(socket) else { return 1 };
    // While the ids are being mapped. The mount namespace comes last: to copy one keeps others, such as our maker, from reading its
    // list of mounts, and waits for them.
    let rest = zygote::SLOT_NAMESPACES & !(libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNS);
    if let Err(fault) = sys::unshare(rest).and_then(|()| sys::unshare(libc::CLONE_NEWNS)).at(Step::CloneZygote) {
        let _ = wire::send(socket.as_fd(), &FromZygote::Failed(fault), &[]);
        return 1;
    }
    let (mut buffer, mut rooted) = (Vec::new(), None);
    loop {
        match wire::receive(socket.as_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(Some((ToZygote::Root(plan), _))) if rooted.is_none() => match Rooted::enter(*plan) {
                Ok(entered) => rooted = Some(entered),
                Err(fault) => {
                    let _ = wire::send(socket.as_fd(), &FromZygote::Failed(fault), &[]);
                    return 1;
                }
            },
            Ok(Some((ToZygote::Start(start), fds))) => return zygote::serve(&socket, *start, fds.into_iter().next(), buffer, rooted),
            _ => return 1,
        }
    }
}

/// Nothing of our maker's.
fn alone(socket: &OwnedFd) -> Result<OwnedFd, Fault> {
    sys::forget_arguments(LAUNCHER);
    nix::unistd::dup2_stdin(socket).at(Step::Wire)?;
    sys::close_from(3).at(Step::Wire)?;
    launcher::default_signals();
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    launcher::take_socket()
}
