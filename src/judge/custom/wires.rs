//! The pipes of an interaction: which ends each side gets, which we hold, and what passes through our hands.
use super::transcript::{Speaker, Transcript};
use crate::pool::Killer;
use crate::sandbox::Kill;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{Mode, fchmod};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;

/// The kernel's pipe holds this much by default (pipe(7)).
const CHUNK: usize = 64 * 1024;

/// All ends of an interaction's pipes.
pub(super) struct Wires<'a> {
    /// stdin and stdout of the submission.
    pub submission: (OwnedFd, OwnedFd),
    /// stdin and stdout of the interactor.
    pub interactor: (OwnedFd, OwnedFd),
    pub held: Held,
    pub relays: Relays<'a>,
}

/// The ends we hold; `interact` says why.
pub(super) struct Held {
    /// A's writing end.
    pub to_interactor: Option<OwnedFd>,
    /// A's reading end.
    pub from_submission: Option<OwnedFd>,
    /// B's reading end.
    pub to_submission: Option<OwnedFd>,
}

/// What is read of the submission when the interactor is gone, in bytes.
#[derive(Debug, Default)]
pub(super) struct Unheard(AtomicU64);

impl Unheard {
    /// Counts, and says how much it is by now.
    pub(super) fn add(&self, n: u64) -> u64 {
        self.0.fetch_add(n, Ordering::Relaxed) + n
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<'a> Wires<'a> {
    /// Two direct pipes; or, for a transcript, four with us in the middle.
    pub(super) fn new(transcript: Option<&'a Mutex<Transcript>>) -> io::Result<Self> {
        let (a_out, a_in) = pair()?;
        let (b_out, b_in) = pair()?;
        let mut relays = Relays { interactor_closed: Arc::default(), unheard: Arc::default(), both: None };
        let Some(transcript) = transcript else {
            let held = Held {
                to_interactor: Some(a_in.try_clone()?),
                from_submission: Some(a_out.try_clone()?),
                to_submission: Some(b_out.try_clone()?),
            };
            return Ok(Self { submission: (b_out, a_in), interactor: (a_out, b_in), held, relays });
        };
        let (a_far, a_our) = pair()?;
        let (b_far, b_our) = pair()?;
        let held = Held { to_interactor: Some(a_our.try_clone()?), from_submission: None, to_submission: None };
        relays.both = Some(Both {
            a: (pipe::Receiver::from_owned_fd(a_out)?, pipe::Sender::from_owned_fd(a_our)?),
            b: (pipe::Receiver::from_owned_fd(b_out)?, pipe::Sender::from_owned_fd(b_our)?),
            transcript,
        });
        Ok(Self { submission: (b_far, a_in), interactor: (a_far, b_in), held, relays })
    }
}

/// Reading end, writing end. Each side may open its own again (/dev/stdin), under whatever id; nobody else can reach a pipe.
fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    // Of both at once: it is the pipe's mode, and to its owner both sides are others.
    fchmod(&reader, Mode::from_bits_truncate(0o666))?;
    Ok((reader.into(), writer.into()))
}

impl Held {
    /// Whether nothing can come from the interactor any more.
    pub(super) fn interactor_is_silent(&self, closed: &AtomicBool) -> bool {
        let Some(b) = &self.to_submission else { return closed.load(Ordering::Relaxed) };
        let mut fds = [PollFd::new(b.as_fd(), PollFlags::empty())];
        // POLLHUP comes unasked, when the last writer is gone (poll(2)).
        poll(&mut fds, PollTimeout::ZERO).is_ok() && fds[0].revents().is_some_and(|seen| seen.contains(PollFlags::POLLHUP))
    }
}

/// What passes through our hands.
pub(super) struct Relays<'a> {
    /// The interactor has closed its stdout.
    pub interactor_closed: Arc<AtomicBool>,
    pub unheard: Arc<Unheard>,
    both: Option<Both<'a>>,
}

struct Both<'a> {
    a: (pipe::Receiver, pipe::Sender),
    b: (pipe::Receiver, pipe::Sender),
    transcript: &'a Mutex<Transcript>,
}

impl Relays<'_> {
    /// Passes everything on until both sides have closed their ends. With direct pipes there is nothing to pass on.
    pub(super) async fn run(self, output_bytes: u64, submission: &Killer) {
        let Some(Both { a, b, transcript }) = self.both else { return };
        let a = relay(a, Speaker::Submission, transcript, |n| {
            if self.unheard.add(n) > output_bytes {
                submission.kill(Kill::Stdout);
            }
        });
        let b = async {
            relay(b, Speaker::Interactor, transcript, |_| {}).await;
            self.interactor_closed.store(true, Ordering::Relaxed);
        };
        tokio::join!(a, b);
    }
}

/// Passes on what `from` says, and what nobody hears is thrown away.
async fn relay(
    (mut from, to): (pipe::Receiver, pipe::Sender),
    speaker: Speaker,
    transcript: &Mutex<Transcript>,
    mut unheard: impl FnMut(u64),
) {
    let mut to = Some(to);
    let mut chunk = vec![0; CHUNK];
    while let Ok(n @ 1..) = from.read(&mut chunk).await {
        transcript.lock().unwrap_or_else(PoisonError::into_inner).hear(speaker, &chunk[..n]);
        match &mut to {
            Some(writer) => {
                if writer.write_all(&chunk[..n]).await.is_err() {
                    to = None;
                }
            }
            None => unheard(n as u64),
        }
    }
}

/// Reads what nobody else does any more.
#[derive(Default)]
pub(super) struct Sink {
    from: Option<pipe::Receiver>,
    chunk: Vec<u8>,
}

impl Sink {
    /// Only once whoever had this end is dead: the end becomes non-blocking for all who have it.
    pub(super) fn new(from: Option<OwnedFd>) -> io::Result<Self> {
        Ok(Self { from: from.map(pipe::Receiver::from_owned_fd).transpose()?, chunk: vec![0; CHUNK] })
    }

    pub(super) const fn open(&self) -> bool {
        self.from.is_some()
    }

    /// How much there was this time.
    pub(super) async fn read(&mut self) -> u64 {
        let Some(from) = &mut self.from else { return 0 };
        match from.read(&mut self.chunk).await {
            Ok(n @ 1..) => n as u64,
            _ => {
                self.from = None;
                0
            }
        }
    }
}
