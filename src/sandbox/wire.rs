//! Messages between the supervisor and a slot's processes: one postcard value per SEQPACKET datagram, with
//! the file descriptors that belong to it (unix(7), SCM_RIGHTS).
//!
//! Invariant: neither side trusts a length or a number of the other's. A datagram that is too long, cut off,
//! or does not decode is an error, and ends the slot.
use super::fault::Fault;
use super::outcome::{Kill, LimitMode, Outcome};
use super::spec::{Root, RunSpec, SlotSpec};
use super::userns::IdMap;
use super::without::Without;
use nix::sys::socket::MsgFlags;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

/// The longest datagram. argv and environment of a run are bounded well below this.
pub const MAX_MESSAGE: usize = 160 * 1024;
/// The most descriptors in one datagram: the three streams, or the one file of a `Put`, or two of a cgroup.
const MAX_FDS: usize = 4;

/// To a launcher (`Start`), and then to the zygote it makes.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToZygote {
    /// Build the root already, of the slot whose `Start` comes next. For a zygote that was forked ahead, before the rest is known.
    Root(Box<RootPlan>),
    /// Make the slot. Descriptor (`cgroup2` mode): the directory of the slot's own cgroup.
    Start(Box<Start>),
    /// Throw away the program of before and open an empty /app of at most so many bytes.
    OpenApp {
        /// Cap of the file system.
        bytes: u64,
    },
    /// Open an empty box for the next run.
    OpenBox {
        /// Cap of the file system.
        bytes: u64,
    },
    /// Put a file into what was opened last. Descriptor: its content.
    Put {
        /// Relative path.
        name: String,
        /// Whether it may be executed.
        executable: bool,
    },
    /// The program is complete: show it read-only at /app.
    SealApp,
    /// Run. Descriptors: stdin, stdout, stderr.
    Run(Box<RunSpec>),
    /// Kill the run with this number, if it still runs.
    Kill {
        /// `RunSpec::seq` of the run meant: it may have ended meanwhile.
        seq: u64,
        /// Why, for the record.
        reason: Kill,
    },
}

/// What a root is built of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootPlan {
    /// What it has of the host.
    pub root: Root,
    /// The slot's ids: what is built belongs to them.
    pub ids: IdMap,
    /// Layers left out, in a build for tests.
    pub without: Without,
}

/// What a slot is made of.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// What its runs see and may call.
    pub slot: SlotSpec,
    /// Which ids they have.
    pub ids: IdMap,
    /// How they are limited.
    pub mode: LimitMode,
    /// CPU time that a run may use in every 100 ms, in microseconds; `cgroup2` mode only.
    pub cpu_quota_us: Option<u32>,
    /// Layers left out, in a build for tests.
    pub without: Without,
}

impl Start {
    /// The root it needs.
    pub(super) fn root(&self) -> RootPlan {
        RootPlan { root: self.slot.root.clone(), ids: self.ids, without: self.without }
    }
}

/// From a slot.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromZygote {
    /// The slot stands. Where there is a run to begin with, that is said by its answer, or once it has gone on for a while.
    Ready(SlotFacts),
    /// The run ended. Descriptor (if `keep_box`): the root of its box, everything that could write there dead.
    Ended {
        /// `RunSpec::seq`.
        seq: u64,
        /// What was seen.
        outcome: Outcome,
        /// Of the slot.
        facts: SlotFacts,
    },
    /// The slot, or the run, could not be set up.
    Failed(Fault),
}

/// What a slot turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotFacts {
    /// The Landlock ABI in force for its runs.
    pub landlock_abi: Option<u32>,
}

/// Room for most messages: a run's has arguments, environment and limits.
const USUAL: usize = 512;

/// Sends one message with its descriptors.
pub fn send<M: Serialize>(socket: BorrowedFd, message: &M, fds: &[RawFd]) -> io::Result<()> {
    let bytes = postcard::to_extend(message, Vec::with_capacity(USUAL)).map_err(io::Error::other)?;
    if bytes.len() > MAX_MESSAGE || fds.len() > MAX_FDS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the message is too long for the slot"));
    }
    Ok(super::sys::send_message(socket, &bytes, fds)?)
}

/// Whether a message could not be sent for now, because more descriptors of this user's are on their way than one process of his
/// may have open (unix(7), `ETOOMANYREFS`): they arrive one by one.
pub fn is_crowded(e: &io::Error) -> bool {
    e.raw_os_error() == Some(libc::ETOOMANYREFS)
}

/// How long who is crowded out waits before the next try.
pub const CROWDED: Duration = Duration::from_millis(2);

/// Sends one message, by who has nothing else to do meanwhile.
pub(super) fn send_in_turn<M: Serialize>(socket: BorrowedFd, message: &M, fds: &[RawFd]) -> io::Result<()> {
    // Ten seconds: those that stand in the way have readers of their own.
    for _ in 0..5000 {
        match send(socket, message, fds) {
            Err(e) if is_crowded(&e) => std::thread::sleep(CROWDED),
            sent => return sent,
        }
    }
    send(socket, message, fds)
}

/// Receives one message with its descriptors, close-on-exec. `None`: the other side is gone.
///
/// `buffer` is the caller's so that a long-lived reader allocates it once.
/// Whatever came with a message that is refused is closed again.
pub fn receive<M: DeserializeOwned>(socket: BorrowedFd, buffer: &mut Vec<u8>, flags: MsgFlags) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
    match receive_once(socket, buffer, flags) {
        // The other end went before it had read everything (net/unix/af_unix.c): that is said once, and before what it had sent.
        Err(e) if e.kind() == io::ErrorKind::ConnectionReset => receive_once(socket, buffer, flags),
        other => other,
    }
}

fn receive_once<M: DeserializeOwned>(socket: BorrowedFd, buffer: &mut Vec<u8>, flags: MsgFlags) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
    if buffer.len() != MAX_MESSAGE {
        // Not by `resize`, which would touch every page of it; most messages need the first.
        *buffer = vec![0; MAX_MESSAGE];
    }
    let super::sys::Received { len, truncated, fds } = super::sys::receive_message(socket, buffer, flags)?;
    if len == 0 {
        return Ok(None);
    }
    if fds.len() > MAX_FDS {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message came with too many descriptors"));
    }
    if truncated {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message was cut off"));
    }
    let message = postcard::from_bytes(&buffer[..len]).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    Ok(Some((message, fds)))
}

#[cfg(test)]
mod tests {
    use super::super::fault::Step;
    use super::*;
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
    use std::fs::File;
    use std::os::fd::{AsFd, AsRawFd};

    fn descriptors() -> usize {
        std::fs::read_dir("/proc/self/fd").unwrap().count()
    }

    /// In a process of its own: the limit is one of the whole process.
    #[test]
    fn descriptors_that_come_when_there_is_no_room_for_all_are_closed_again() {
        const ALONE: &str = "ASSIZE_TEST_NO_ROOM";
        if std::env::var_os(ALONE).is_none() {
            let name = "sandbox::wire::tests::descriptors_that_come_when_there_is_no_room_for_all_are_closed_again";
            let ended =
                std::process::Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(ALONE, "1").output().unwrap();
            let said = String::from_utf8_lossy(&ended.stdout).into_owned();
            assert!(ended.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        let null = File::open("/dev/null").unwrap();
        // What was inherited leaves gaps in the numbers: filled, so that those above are free one after the other.
        let _gaps: Vec<File> = (0..200).map(|_| null.try_clone().unwrap()).collect();
        let before = descriptors();
        let (_, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap();
        let free = u64::try_from(null.try_clone().unwrap().as_raw_fd()).unwrap();
        let mut buffer = Vec::new();
        for room in 0..=MAX_FDS {
            send(theirs.as_fd(), &ToZygote::SealApp, &[null.as_raw_fd(); MAX_FDS]).unwrap();
            rlimit::setrlimit(rlimit::Resource::NOFILE, free + room as u64, hard).unwrap();
            let got = receive::<ToZygote>(ours.as_fd(), &mut buffer, MsgFlags::empty());
            rlimit::setrlimit(rlimit::Resource::NOFILE, hard, hard).unwrap();
            match got {
                Ok(Some((_, fds))) => assert_eq!((room, fds.len()), (MAX_FDS, MAX_FDS)),
                got => assert!(room < MAX_FDS && got.is_err_and(|e| e.kind() == io::ErrorKind::InvalidData), "{room}"),
            }
            assert_eq!(descriptors(), before, "{room}");
        }
    }

    #[test]
    fn last_words_are_heard_of_one_that_went_without_reading() {
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        let fault = Fault { step: Step::Cgroup, errno: 0, detail: Some("last words".into()) };
        send(theirs.as_fd(), &FromZygote::Failed(fault), &[]).unwrap();
        send(ours.as_fd(), &ToZygote::SealApp, &[]).unwrap();
        drop(theirs);
        let mut buffer = Vec::new();
        let got = receive::<FromZygote>(ours.as_fd(), &mut buffer, MsgFlags::empty()).unwrap();
        assert!(matches!(got, Some((FromZygote::Failed(fault), _)) if fault.detail.as_deref() == Some("last words")));
        assert!(receive::<FromZygote>(ours.as_fd(), &mut buffer, MsgFlags::empty()).unwrap().is_none());
    }
}
