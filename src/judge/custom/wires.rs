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
use tokio::sync::Notify;

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

/// What the submission is known to have said, in bytes: all of it where that passes through our hands, else what is left when
/// the interactor is gone.
#[derive(Debug, Default)]
pub(super) struct Known(AtomicU64);

impl Known {
    /// Counts, and says how much it is by now.
    pub(super) fn add(&self, n: u64) -> u64 {
        self.0.fetch_add(n, Ordering::Relaxed) + n
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<'a> Wires<'a> {
    /// Two direct pipes; or with us in the middle: of what the submission says where it is to be `counted`, of both for a
    /// transcript.
    pub(super) fn new(transcript: Option<&'a Mutex<Transcript>>, counted: bool) -> io::Result<Self> {
        let (mut a_out, a_in) = pair()?;
        let (mut b_out, b_in) = pair()?;
        let mut relays = Relays {
            interactor_closed: Arc::default(),
            interactor_gone: Arc::default(),
            known: Arc::default(),
            a: None,
            b: None,
            transcript,
        };
        let mut held = Held { to_interactor: None, from_submission: None, to_submission: None };
        if counted || transcript.is_some() {
            let (far, our) = pair()?;
            held.to_interactor = Some(our.try_clone()?);
            relays.a = Some((pipe::Receiver::from_owned_fd(a_out)?, pipe::Sender::from_owned_fd(our)?));
            a_out = far;
        } else {
            held.to_interactor = Some(a_in.try_clone()?);
            held.from_submission = Some(a_out.try_clone()?);
        }
        if transcript.is_some() {
            let (far, our) = pair()?;
            relays.b = Some((pipe::Receiver::from_owned_fd(b_out)?, pipe::Sender::from_owned_fd(our)?));
            b_out = far;
        } else {
            held.to_submission = Some(b_out.try_clone()?);
        }
        Ok(Self { submission: (b_out, a_in), interactor: (a_out, b_in), held, relays })
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
    /// To be told when the interactor's run has ended.
    pub interactor_gone: Arc<Notify>,
    pub known: Arc<Known>,
    a: Option<Relay>,
    b: Option<Relay>,
    transcript: Option<&'a Mutex<Transcript>>,
}

type Relay = (pipe::Receiver, pipe::Sender);

impl Relays<'_> {
    /// Passes everything on until both sides have closed their ends. With direct pipes there is nothing to pass on.
    pub(super) async fn run(self, output_bytes: u64, submission: &Killer) {
        let hear = |speaker, said: &[u8]| {
            if let Some(transcript) = self.transcript {
                transcript.lock().unwrap_or_else(PoisonError::into_inner).hear(speaker, said);
            }
        };
        let a = async {
            let Some(a) = self.a else { return };
            relay(
                a,
                |said| {
                    hear(Speaker::Submission, said);
                    let kept = self.known.add(said.len() as u64) <= output_bytes;
                    if !kept {
                        submission.kill(Kill::Stdout);
                    }
                    kept
                },
                Some(&self.interactor_gone),
            )
            .await;
        };
        let b = async {
            let Some(b) = self.b else { return };
            relay(
                b,
                |said| {
                    hear(Speaker::Interactor, said);
                    true
                },
                None,
            )
            .await;
            self.interactor_closed.store(true, Ordering::Relaxed);
        };
        tokio::join!(a, b);
    }
}

/// Passes on what `from` says as long as `hear` lets it, and what nobody hears is thrown away. Where the reader has closed its end,
/// nothing is taken from who speaks until the reader is `gone`, as with a direct pipe: what a submission says while its interactor is
/// failing must not be what it failed of.
async fn relay((mut from, to): Relay, mut hear: impl FnMut(&[u8]) -> bool, gone: Option<&Notify>) {
    let mut to = Some(to);
    let mut chunk = vec![0; CHUNK];
    while let Ok(n @ 1..) = from.read(&mut chunk).await {
        if !hear(&chunk[..n]) {
            to = None;
        }
        if let Some(writer) = &mut to
            && writer.write_all(&chunk[..n]).await.is_err()
        {
            to = None;
            if let Some(gone) = gone {
                gone.notified().await;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;

    #[tokio::test]
    async fn what_is_said_to_a_reader_that_failed_waits_for_its_end() {
        const SAID: usize = 4 * CHUNK;
        let (from, speaker) = pair().unwrap();
        let (reader, to) = pair().unwrap();
        drop(reader);
        let speaker = std::thread::spawn(move || File::from(speaker).write_all(&vec![b'x'; SAID]).unwrap());
        let relayed = (pipe::Receiver::from_owned_fd(from).unwrap(), pipe::Sender::from_owned_fd(to).unwrap());
        let (heard, gone) = (AtomicU64::new(0), Notify::new());
        let hear = |said: &[u8]| heard.fetch_add(said.len() as u64, Ordering::Relaxed) < u64::MAX;
        let relay = relay(relayed, hear, Some(&gone));
        tokio::pin!(relay);
        // Long enough for all of it; what was taken before the failure was seen is one piece.
        assert!(tokio::time::timeout(std::time::Duration::from_millis(100), &mut relay).await.is_err());
        assert!(heard.load(Ordering::Relaxed) <= CHUNK as u64, "{heard:?}");
        gone.notify_one();
        relay.await;
        assert_eq!(heard.load(Ordering::Relaxed), SAID as u64);
        speaker.join().unwrap();
    }
}
