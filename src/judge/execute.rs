//! One run with its streams: stdin handed over, stdout and stderr read, bounded and compared as they come.
use crate::model::Limits;
use crate::pool::{Killer, Lease, PutFile, Ran, SlotError};
use crate::sandbox::{Kill, RunSpec};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::unix::pipe;

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
    let (mut out_open, mut err_open) = (out.is_some(), true);
    let ran = loop {
        tokio::select! {
            ran = &mut run => break ran?,
            open = read(&mut out, &mut sinks.stdout), if out_open => out_open = open,
            open = err.read(&mut sinks.stderr), if err_open => err_open = open,
        }
    };
    // What is still in the pipes. A descriptor in flight on a dead socket may keep the end of a pipe from showing, so
    // this does not wait for it.
    let stdout = out.map(|mut out| {
        out.drain(&mut sinks.stdout);
        out.stream
    });
    err.drain(&mut sinks.stderr);
    Ok(Executed { ran, stdout: stdout.unwrap_or_default(), stderr: err.stream })
}

async fn read(reader: &mut Option<Reader<'_>>, feed: &mut impl FnMut(&[u8])) -> bool {
    match reader {
        Some(reader) => reader.read(feed).await,
        None => false,
    }
}

fn pipe() -> io::Result<(pipe::Receiver, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    // tokio makes our end non-blocking; the run's end is another open file and stays as it is.
    Ok((pipe::Receiver::from_owned_fd(reader.into())?, writer.into()))
}

/// How much may be written, and what happens past that.
struct Bounds<'a> {
    limit: u64,
    per_stream: Kill,
    total: &'a AtomicU64,
    total_limit: Option<u64>,
    killer: &'a Killer,
}

struct Reader<'a> {
    pipe: pipe::Receiver,
    stream: Stream,
    keep: u64,
    bounds: Bounds<'a>,
    buffer: Vec<u8>,
    /// Over a limit: read no more.
    over: bool,
}

/// The kernel's pipe holds this much by default (pipe(7)).
const CHUNK: usize = 64 * 1024;

impl<'a> Reader<'a> {
    fn new(pipe: pipe::Receiver, keep: u64, bounds: Bounds<'a>) -> Self {
        Self { pipe, stream: Stream::default(), keep, bounds, buffer: Vec::new(), over: false }
    }

    /// Waits for bytes and takes them. False: there will be no more that we want.
    async fn read(&mut self, feed: &mut impl FnMut(&[u8])) -> bool {
        if self.pipe.readable().await.is_err() {
            return false;
        }
        self.take(feed).unwrap_or(true)
    }

    /// Takes what is there without waiting.
    fn drain(&mut self, feed: &mut impl FnMut(&[u8])) {
        while self.take(feed) == Some(true) {}
    }

    /// One read: `Some(true)`: there may be more; `Some(false)`: there is no more; `None`: not yet.
    fn take(&mut self, feed: &mut impl FnMut(&[u8])) -> Option<bool> {
        if self.over {
            return Some(false);
        }
        self.buffer.resize(CHUNK, 0);
        let n = match self.pipe.try_read(&mut self.buffer) {
            Ok(0) => return Some(false),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return None,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Some(true),
            Err(_) => return Some(false),
        };
        let chunk = &self.buffer[..n];
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
            return Some(false);
        }
        feed(chunk);
        Some(true)
    }
}
