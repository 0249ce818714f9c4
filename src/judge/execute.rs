//! One run with its streams: stdin handed over, stdout and stderr read, bounded and compared as they come.
use crate::model::Limits;
use crate::pool::{Killer, Lease, PutFile, Ran, SlotError, readiness};
use crate::sandbox::{Kill, RunSpec};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{Mode, fchmod};
use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What came out of one stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Its first bytes.
    pub head: Vec<u8>,
    /// How many there were; past the limit nobody counts on.
    pub bytes: u64,
}

impl Stream {
    pub(super) fn truncated(&self) -> bool {
        self.bytes > self.head.len() as u64
    }
}

/// A run and what it wrote.
pub(super) struct Executed {
    pub ran: Ran,
    pub stdout: Stream,
    pub stderr: Stream,
}

/// How much of the streams is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub stdout: u64,
    pub stderr: u64,
}

/// What a run gets beside its spec.
pub(super) struct Input<'a> {
    pub spec: RunSpec,
    pub files: &'a [PutFile],
    pub stdin: OwnedFd,
    /// Given: stdout goes there, and none of it comes here.
    pub stdout: Option<OwnedFd>,
}

/// Get each stream as it comes, up to its limit.
pub(super) struct Sinks<O, E> {
    pub stdout: O,
    pub stderr: E,
}

/// For streams of which only the head counts.
pub(super) const fn ignore(_: &[u8]) {}

/// Runs. Both streams are read while it runs, and ended with it: when the sandbox has answered, everything that could
/// write to them is dead.
pub(super) async fn execute(
    lease: &mut Lease,
    input: Input<'_>,
    limits: &Limits,
    keep: Keep,
    mut sinks: Sinks<impl FnMut(&[u8]), impl FnMut(&[u8])>,
) -> Result<Executed, SlotError> {
    let (stdout_end, stdout) = match input.stdout {
        Some(elsewhere) => (None, elsewhere),
        None => pipe().map(|(end, stdout)| (Some(end), stdout))?,
    };
    let (stderr_end, stderr) = pipe()?;
    let killer = lease.killer()?;
    let total = AtomicU64::new(0);
    let bounds = |per_stream: Kill| Bounds {
        limit: limits.output_bytes,
        per_stream,
        total: &total,
        total_limit: limits.output_total_bytes,
        killer: &killer,
    };
    let (out_bounds, err_bounds) = (bounds(Kill::Stdout), bounds(Kill::Stderr));
    let mut out = stdout_end.map(|end| Reader::new(end, keep.stdout, out_bounds));
    let mut err = Reader::new(stderr_end, keep.stderr, err_bounds);
    let run = lease.run(input.spec, input.files, [input.stdin, stdout, stderr]);
    tokio::pin!(run);
    // Most runs are short and write less than a pipe holds: what they wrote is read when they have ended, and nobody is woken
    // meanwhile.
    let short = tokio::time::sleep(SHORT);
    tokio::pin!(short);
    let (mut longer, mut out_open, mut err_open) = (false, out.is_some(), true);
    let ran = loop {
        tokio::select! {
            biased;
            ran = &mut run => break ran?,
            () = &mut short, if !longer => longer = true,
            open = read(&mut out, &mut sinks.stdout), if longer && out_open => out_open = open?,
            open = err.read(&mut sinks.stderr), if longer && err_open => err_open = open?,
        }
    };
    // What is still in the pipes. A descriptor in flight on a dead socket may keep the end of a pipe from showing, so
    // this does not wait for it.
    let stdout = out.map(|mut out| {
        out.drain(&mut sinks.stdout);
        out.tally.stream
    });
    err.drain(&mut sinks.stderr);
    Ok(Executed { ran, stdout: stdout.unwrap_or_default(), stderr: err.tally.stream })
}

async fn read(reader: &mut Option<Reader<'_>>, feed: &mut impl FnMut(&[u8])) -> io::Result<bool> {
    match reader {
        Some(reader) => reader.read(feed).await,
        None => Ok(false),
    }
}

/// A pipe whose reading end does not block. The run's end is another open file and stays as it is.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    openable(&writer)?;
    Ok((reader.into(), writer.into()))
}

/// A run may open its stream again (/dev/stdout) under whatever id, for writing. Nobody else can reach a pipe.
fn openable(end: &impl AsFd) -> nix::Result<()> {
    fchmod(end, Mode::from_bits_truncate(0o222))
}

/// How long a run is left alone: the finest that tokio's clock knows.
const SHORT: Duration = Duration::from_millis(1);

/// How much may be written, and what happens past that.
struct Bounds<'a> {
    limit: u64,
    per_stream: Kill,
    total: &'a AtomicU64,
    total_limit: Option<u64>,
    killer: &'a Killer,
}

struct Reader<'a> {
    end: End,
    tally: Tally<'a>,
}

/// What came, and how much may.
struct Tally<'a> {
    stream: Stream,
    keep: u64,
    bounds: Bounds<'a>,
    /// Over a limit: read no more.
    over: bool,
}

/// Our end of a stream.
enum End {
    Plain(OwnedFd),
    /// Registered with the runtime.
    Watched(AsyncFd<OwnedFd>),
    Closed,
}

impl End {
    fn watch(&mut self) -> io::Result<&AsyncFd<OwnedFd>> {
        *self = match std::mem::replace(self, Self::Closed) {
            Self::Plain(fd) => Self::Watched(readiness(fd, Interest::READABLE)?),
            other => other,
        };
        match self {
            Self::Watched(fd) => Ok(fd),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn fd(&self) -> Option<&OwnedFd> {
        match self {
            Self::Plain(fd) => Some(fd),
            Self::Watched(fd) => Some(fd.get_ref()),
            Self::Closed => None,
        }
    }
}

/// The kernel's pipe holds this much by default (pipe(7)).
const CHUNK: usize = 64 * 1024;

thread_local! {
    /// What was just read, until it has been taken in: nobody waits meanwhile.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

impl<'a> Reader<'a> {
    fn new(end: OwnedFd, keep: u64, bounds: Bounds<'a>) -> Self {
        Self { end: End::Plain(end), tally: Tally { stream: Stream::default(), keep, bounds, over: false } }
    }

    /// Waits for bytes and takes them. False: there will be no more that we want.
    async fn read(&mut self, feed: &mut impl FnMut(&[u8])) -> io::Result<bool> {
        let Self { end, tally } = self;
        end.watch()?.async_io(Interest::READABLE, |fd| tally.take(fd, feed)).await
    }

    /// Takes what is there without waiting, by the pipe itself: the runtime may not have heard of the bytes yet, though the
    /// run's answer is there.
    fn drain(&mut self, feed: &mut impl FnMut(&[u8])) {
        let Some(fd) = self.end.fd() else { return };
        while self.tally.take(fd, feed).is_ok_and(|more| more) {}
    }
}

impl Tally<'_> {
    /// One read. Whether there may be more; `WouldBlock`: not yet.
    fn take(&mut self, fd: &OwnedFd, feed: &mut impl FnMut(&[u8])) -> io::Result<bool> {
        if self.over {
            return Ok(false);
        }
        BUFFER.with_borrow_mut(|buffer| match nix::unistd::read(fd, buffer) {
            Ok(0) => Ok(false),
            Ok(n) => Ok(self.count(&buffer[..n], feed)),
            Err(Errno::EINTR) => Ok(true),
            Err(e) => Err(e.into()),
        })
    }

    fn count(&mut self, chunk: &[u8], feed: &mut impl FnMut(&[u8])) -> bool {
        let n = chunk.len();
        self.stream.bytes += n as u64;
        let room = usize::try_from(self.keep.saturating_sub(self.stream.head.len() as u64)).unwrap_or(usize::MAX);
        self.stream.head.extend_from_slice(&chunk[..n.min(room)]);
        let total = self.bounds.total.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        let reason = if self.stream.bytes > self.bounds.limit {
            Some(self.bounds.per_stream)
        } else if self.bounds.total_limit.is_some_and(|limit| total > limit) {
            Some(Kill::OutputTotal)
        } else {
            None
        };
        if let Some(reason) = reason {
            // The count stands; the rest is nobody's business any more.
            self.bounds.killer.kill(reason);
            self.over = true;
            return false;
        }
        feed(chunk);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// One thread, which does not return to the runtime in between: it has had no chance to hear of the bytes.
    #[tokio::test]
    async fn what_was_written_is_found_though_the_runtime_has_not_heard_of_it() {
        let (end, writer) = pipe().unwrap();
        let nobody = Killer::detached().unwrap();
        let bounds = Bounds { limit: 100, per_stream: Kill::Stdout, total: &AtomicU64::new(0), total_limit: None, killer: &nobody };
        let mut reader = Reader::new(end, 100, bounds);
        reader.end.watch().unwrap();
        std::fs::File::from(writer).write_all(b"late").unwrap();
        let mut got = Vec::new();
        reader.drain(&mut |chunk| got.extend_from_slice(chunk));
        assert_eq!((got.as_slice(), reader.tally.stream.bytes), (b"late".as_slice(), 4));
    }
}
