//! Messages between the supervisor and a slot's processes: one postcard value per SEQPACKET datagram, with
//! the file descriptors that belong to it (unix(7), SCM_RIGHTS).
//!
//! Invariant: neither side trusts a length or a number of the other's. A datagram that is too long, cut off,
//! or does not decode is an error, and ends the slot.
use super::fault::Fault;
use super::outcome::{Kill, LimitMode, Outcome};
use super::spec::{RunSpec, SlotSpec};
use super::userns::IdMap;
use super::without::Without;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// The longest datagram. argv and environment of a run are bounded well below this.
pub const MAX_MESSAGE: usize = 160 * 1024;
/// The most descriptors in one datagram: the three streams, or the one file of a `Put`, or two of a cgroup.
const MAX_FDS: usize = 4;
/// The most that the kernel passes on in one (`SCM_MAX_FD`, unix(7)). There is room for them all, because what comes with a
/// cut-off list is open in this process and known to nobody.
const KERNEL_FDS: usize = 253;

/// To a launcher (`Start`), and then to the zygote it makes.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToZygote {
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

/// What a slot is made of.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// What its runs see and may call.
    pub slot: SlotSpec,
    /// Which ids they have.
    pub ids: IdMap,
    /// How they are limited.
    pub mode: LimitMode,
    /// Layers left out, in a build for tests.
    pub without: Without,
}

/// From a slot.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromZygote {
    /// The slot stands.
    Ready(SlotFacts),
    /// The run ended. Descriptor (if `keep_box`): the root of its box, everything that could write there dead.
    Ended {
        /// `RunSpec::seq`.
        seq: u64,
        /// What was seen.
        outcome: Outcome,
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

/// Sends one message with its descriptors.
pub fn send<M: Serialize>(socket: BorrowedFd, message: &M, fds: &[RawFd]) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    if bytes.len() > MAX_MESSAGE || fds.len() > MAX_FDS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the message is too long for the slot"));
    }
    Ok(super::sys::send_message(socket, &bytes, fds)?)
}

/// Receives one message with its descriptors, close-on-exec. `None`: the other side is gone.
///
/// `buffer` is the caller's so that a long-lived reader allocates it once.
pub fn receive<M: DeserializeOwned>(socket: BorrowedFd, buffer: &mut Vec<u8>, flags: MsgFlags) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
    buffer.resize(MAX_MESSAGE, 0);
    let mut control = nix::cmsg_space!([RawFd; KERNEL_FDS]);
    let mut slices = [IoSliceMut::new(buffer)];
    let (len, truncated, fds) = {
        let got = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags | MsgFlags::MSG_CMSG_CLOEXEC)?;
        let mut fds = Vec::new();
        if got.bytes > 0 {
            for message in got.cmsgs()? {
                if let ControlMessageOwned::ScmRights(raw) = message {
                    // SAFETY: the kernel installed these descriptors for us with this very message.
                    fds.extend(raw.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
                }
            }
        }
        (got.bytes, got.flags.intersects(MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC), fds)
    };
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
