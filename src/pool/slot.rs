//! One slot: the launcher process, its socket, and what is known of it.
use crate::sandbox::{
    Ahead, CROWDED, Claim, Fault, Forked, FromZygote, IdMap, Kill, LAUNCHER, LimitMode, MAX_MESSAGE, Outcome, RunSpec, SlotCgroup,
    SlotFacts, SlotSpec, Start, ToZygote, Without, executable, is_crowded, receive, seal, send,
};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, socketpair};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::process::Child;

/// How long a slot may take to stand, and to answer once a run's limits are up. Far beyond what either ever takes: the
/// watchdog for a zygote that stalls.
const PATIENCE: Duration = Duration::from_secs(20);

/// What went wrong with a slot. Ours, never the contestant's.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// It said so itself.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It could not be started or spoken to.
    #[error("failed to speak to the sandbox: {0}")]
    Io(#[from] io::Error),
    /// Its process is gone.
    #[error("the sandbox's process ended unexpectedly")]
    Gone,
    /// It stalled.
    #[error("the sandbox did not answer in time")]
    Stalled,
    /// It broke the protocol.
    #[error("the sandbox answered out of turn")]
    Protocol,
    /// The pool is closing.
    #[error("the pool is shutting down")]
    Closed,
}

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
pub enum FileSource {
    /// Memory.
    Bytes(Arc<[u8]>),
    /// An open file, read from its start.
    File(Arc<File>),
}

/// A file for /app or the box.
#[derive(Debug, Clone)]
pub struct PutFile {
    /// Relative path.
    pub name: String,
    /// Whether it may be executed.
    pub executable: bool,
    /// Its bytes.
    pub content: FileSource,
}

/// A program ready to run: what stands in /app.
#[derive(Debug, Clone)]
pub struct App {
    /// Equal keys mean equal content: a slot that has it is not loaded again.
    pub key: [u8; 32],
    /// Cap of the file system that holds it.
    pub bytes: u64,
    /// Its files.
    pub files: Vec<PutFile>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// What was seen.
    pub outcome: Outcome,
    /// Its box, if it was asked for.
    pub files: Option<OwnedFd>,
}

/// Ends a run from outside, with the reason on record.
#[derive(Debug, Clone)]
pub struct Killer {
    socket: Arc<AsyncFd<OwnedFd>>,
    seq: u64,
}

impl Killer {
    /// One that reaches nobody.
    #[cfg(test)]
    pub(crate) fn detached() -> io::Result<Self> {
        let (socket, _) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok(Self { socket: Arc::new(readiness(socket, Interest::WRITABLE)?), seq: 0 })
    }

    /// Asks for the run's end. If it has ended meanwhile, nothing happens.
    pub fn kill(&self, reason: Kill) {
        // A full socket means that the zygote has not read for long: the watchdog is for that.
        let _ = send(self.socket.get_ref().as_fd(), &ToZygote::Kill { seq: self.seq, reason }, &[]);
    }
}

/// Whom a slot is made of.
#[derive(Debug)]
pub(super) enum Ground {
    /// A launcher, with these ids, is still to be started.
    New(Claim),
    /// Its zygote was forked ahead.
    Ahead(Ahead),
}

impl Ground {
    /// The ids of its runs.
    pub fn ids(&self) -> IdMap {
        match self {
            Self::New(claim) => claim.ids,
            Self::Ahead(ahead) => ahead.ids(),
        }
    }
}

/// What a slot is started with.
pub(super) struct Foundation {
    pub spec: Arc<SlotSpec>,
    pub ground: Ground,
    pub mode: LimitMode,
    pub cgroup: Option<SlotCgroup>,
    pub cpu_quota_us: Option<u32>,
    pub without: Without,
}

/// Our child, whose end is that of the slot.
#[derive(Debug)]
enum Process {
    Launcher(Child),
    Zygote(Forked),
}

impl Process {
    /// Waits for the end, which has been asked for by that of the socket.
    async fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Launcher(launcher) => launcher.wait().await.map(drop),
            Self::Zygote(zygote) => readiness(zygote.end()?, Interest::READABLE)?.readable().await.map(drop),
        }
    }
}

/// A slot that stands, or will (`facts`).
#[derive(Debug)]
pub(super) struct Slot {
    socket: Arc<AsyncFd<OwnedFd>>,
    process: Process,
    buffer: Vec<u8>,
    pub spec: Arc<SlotSpec>,
    /// What it turned out to be; none: it has not said yet, by itself or with an answer, that it stands.
    pub facts: Option<SlotFacts>,
    pub cpu: Option<usize>,
    /// When it was last given back.
    pub rests_since: Instant,
    /// What stands in /app.
    app: Option<[u8; 32]>,
    seq: u64,
    /// Between the start of something and its proper end: a slot dropped busy is not used again.
    pub busy: bool,
    /// It has had its last run, and ends by itself.
    pub over: bool,
    /// Something about it was not as it should be. One that is busy but has not failed was dropped by who gave up waiting.
    pub failed: bool,
    ids: IdMap,
    // Both are given back when the slot is gone: fields drop in order, after the process was waited for.
    cgroup: Option<SlotCgroup>,
    claim: Claim,
}

impl Slot {
    /// Starts a slot and waits until it stands. Not one that was forked ahead: its first run is sent after it, so that it
    /// goes on with that by itself, and whether it stands is heard with the run's answer at the latest.
    pub async fn start(foundation: Foundation) -> Result<Self, SlotError> {
        let Foundation { spec, ground, mode, cgroup, cpu_quota_us, without } = foundation;
        let ahead = matches!(ground, Ground::Ahead(_));
        let (socket, process, claim) = match ground {
            Ground::New(claim) => {
                let (socket, launcher) = spawn(LAUNCHER)?;
                (socket, Process::Launcher(launcher), claim)
            }
            Ground::Ahead(ahead) => {
                let (socket, zygote, claim) = ahead.finish(cgroup.as_ref().map(|slot| slot.dir()))?;
                (watched(socket)?, Process::Zygote(zygote), claim)
            }
        };
        let mut slot = Self {
            socket: Arc::new(socket),
            process,
            buffer: Vec::new(),
            spec: spec.clone(),
            facts: None,
            cpu: None,
            rests_since: Instant::now(),
            app: None,
            seq: 0,
            busy: true,
            over: false,
            failed: false,
            ids: claim.ids,
            cgroup,
            claim,
        };
        let start = Start { slot: (*spec).clone(), ids: slot.ids, mode, cpu_quota_us, without };
        let fds: Vec<RawFd> = slot.cgroup.iter().map(|c| c.dir().as_raw_fd()).collect();
        slot.send(&ToZygote::Start(Box::new(start)), &fds).await?;
        if !ahead {
            slot.stand().await?;
        }
        slot.busy = false;
        Ok(slot)
    }

    /// Waits until it stands.
    async fn stand(&mut self) -> Result<(), SlotError> {
        if self.facts.is_some() {
            return Ok(());
        }
        match tokio::time::timeout(PATIENCE, self.receive()).await.map_err(|_| SlotError::Stalled)?? {
            (FromZygote::Ready(facts), _) => self.facts = Some(facts),
            (FromZygote::Failed(fault), _) => return Err(fault.into()),
            _ => return Err(SlotError::Protocol),
        }
        Ok(())
    }

    /// Whether it has nothing to say, as one that waits for its next run. (Where nobody has heard yet that it stands, that may come.)
    pub fn is_quiet(&mut self) -> Result<(), SlotError> {
        loop {
            match receive(self.socket.get_ref().as_fd(), &mut self.buffer, MsgFlags::MSG_DONTWAIT) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
                Ok(Some((FromZygote::Ready(facts), _))) if self.facts.is_none() => self.facts = Some(facts),
                Ok(Some((FromZygote::Failed(fault), _))) => return Err(fault.into()),
                Ok(Some(_)) => return Err(SlotError::Protocol),
                Ok(None) => return Err(SlotError::Gone),
            }
        }
    }

    async fn send(&self, message: &ToZygote, fds: &[RawFd]) -> Result<(), SlotError> {
        let began = Instant::now();
        loop {
            let mut sent = send(self.socket.get_ref().as_fd(), message, fds);
            if sent.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock) {
                // Many files one after the other fill the socket. Only then does anybody wait for room: one who listened for it all
                // the time would be woken by every message that is read.
                let copy = readiness(self.socket.get_ref().try_clone()?, Interest::WRITABLE)?;
                let room = copy.async_io(Interest::WRITABLE, |socket| send(socket.as_fd(), message, fds));
                sent = tokio::time::timeout(PATIENCE, room).await.map_err(|_| SlotError::Stalled)?;
            }
            match sent {
                // The files of many slots at once, where few descriptors may be open.
                Err(e) if is_crowded(&e) && began.elapsed() < PATIENCE => tokio::time::sleep(CROWDED).await,
                sent => return sent.map_err(|e| self.last_words(e)),
            }
        }
    }

    /// Why a message could not be sent: a slot that has failed has said so before it went.
    fn last_words(&self, e: io::Error) -> SlotError {
        match receive(self.socket.get_ref().as_fd(), &mut Vec::new(), MsgFlags::MSG_DONTWAIT) {
            Ok(Some((FromZygote::Failed(fault), _))) => fault.into(),
            _ => e.into(),
        }
    }

    async fn receive(&mut self) -> Result<(FromZygote, Vec<OwnedFd>), SlotError> {
        let Self { socket, buffer, .. } = self;
        let got = socket.async_io(Interest::READABLE, |socket| receive(socket.as_fd(), buffer, MsgFlags::MSG_DONTWAIT)).await?;
        got.ok_or(SlotError::Gone)
    }

    async fn put(&self, file: &PutFile) -> Result<(), SlotError> {
        let message = ToZygote::Put { name: file.name.clone(), executable: file.executable };
        match &file.content {
            FileSource::Bytes(bytes) => {
                let fd = memory_file(bytes, false)?;
                self.send(&message, &[fd.as_raw_fd()]).await
            }
            FileSource::File(file) => self.send(&message, &[file.as_raw_fd()]).await,
        }
    }

    /// Shows `app` at /app, unless it stands there already.
    pub async fn load(&mut self, app: &App) -> Result<(), SlotError> {
        if self.app == Some(app.key) {
            return Ok(());
        }
        self.busy = true;
        self.app = None;
        self.stand().await?;
        self.send(&ToZygote::OpenApp { bytes: app.bytes }, &[]).await?;
        for file in &app.files {
            self.put(file).await?;
        }
        // Not waited for: if it fails, the slot says so in place of the next run's answer.
        self.send(&ToZygote::SealApp, &[]).await?;
        self.app = Some(app.key);
        self.busy = false;
        Ok(())
    }

    /// What ends the run that is started next.
    pub fn killer(&self) -> Killer {
        Killer { socket: self.socket.clone(), seq: self.seq + 1 }
    }

    /// Runs. `spec.seq` and `spec.cpu` are set here.
    pub async fn run(&mut self, mut spec: RunSpec, files: &[PutFile], streams: [OwnedFd; 3]) -> Result<Ran, SlotError> {
        self.busy = true;
        self.over = spec.last;
        self.seq += 1;
        spec.seq = self.seq;
        spec.cpu = self.cpu;
        if !files.is_empty() {
            // Many fill the socket: who reads it must have got so far.
            self.stand().await?;
            self.send(&ToZygote::OpenBox { bytes: spec.disk_bytes }, &[]).await?;
            for file in files {
                self.put(file).await?;
            }
        }
        let seq = spec.seq;
        let patience = PATIENCE.saturating_add(Duration::from_micros(spec.wall_us));
        let fds = streams.each_ref().map(AsRawFd::as_raw_fd);
        self.send(&ToZygote::Run(Box::new(spec)), &fds).await?;
        // The run must be the only one to hold its streams, or its end would not be seen on them.
        drop(streams);
        loop {
            // Until it stands it is owed no more time than for that.
            let patience = if self.facts.is_some() { patience } else { PATIENCE };
            match tokio::time::timeout(patience, self.receive()).await.map_err(|_| SlotError::Stalled)?? {
                (FromZygote::Ready(facts), _) if self.facts.is_none() => self.facts = Some(facts),
                (FromZygote::Ended { seq: ended, outcome, facts }, fds)
                    if ended == seq && self.facts.is_none_or(|known| known == facts) =>
                {
                    self.facts = Some(facts);
                    self.busy = false;
                    return Ok(Ran { outcome, files: fds.into_iter().next() });
                }
                (FromZygote::Failed(fault), _) => return Err(fault.into()),
                _ => return Err(SlotError::Protocol),
            }
        }
    }

    /// Ends the slot and waits until nothing of it is left; but a zygote of our own without a cgroup, for which nothing waits, is given
    /// back as it dies, with its ids.
    pub async fn discard(self) -> Option<(Forked, Claim)> {
        let Self { socket, process, cgroup, claim, .. } = self;
        // The end of the socket is the end of the zygote, and with it of its PID namespace. A killer may still hold the
        // socket: shutting it down ends it for all.
        let _ = nix::sys::socket::shutdown(socket.get_ref().as_raw_fd(), nix::sys::socket::Shutdown::Both);
        drop(socket);
        if let Process::Zygote(zygote) = &process {
            // Nothing is owed to anybody any more: at once.
            zygote.kill();
        }
        let (mut process, cgroup) = match (process, cgroup) {
            (Process::Zygote(zygote), None) => return Some((zygote, claim)),
            both => both,
        };
        if tokio::time::timeout(PATIENCE, process.end()).await.is_err() {
            tracing::error!("a slot did not end in time; what is left of it is killed");
            if let Process::Launcher(launcher) = &mut process {
                let _ = launcher.kill().await;
            }
        }
        drop((process, cgroup, claim));
        None
    }
}

/// Starts this program again as one of the sandbox's processes, with a socket to it.
pub(super) fn spawn(role: &str) -> io::Result<(AsyncFd<OwnedFd>, Child)> {
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
    let mut command = Command::new(executable()?);
    // stderr stays ours: it is where a process that can't even speak would say so.
    command.arg0(role).env_clear().stdin(Stdio::from(theirs)).stdout(Stdio::null());
    // A group of its own: Ctrl-C in a terminal is ours to handle, in order.
    command.process_group(0);
    let mut command = tokio::process::Command::from(command);
    // One that never came to stand, and does not even end with its socket, is not waited for.
    command.kill_on_drop(true);
    let child = command.spawn()?;
    Ok((watched(ours)?, child))
}

/// Our end of a slot's socket.
fn watched(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    nix::fcntl::fcntl(&socket, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK))?;
    readiness(socket, Interest::READABLE)
}

/// A descriptor whose readiness the runtime watches.
pub(crate) fn readiness(socket: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(deprecated, reason = "its successor wants `unsafe` for types whose descriptor can change; an OwnedFd's can't")]
    AsyncFd::with_interest(socket, interest)
}

/// Bytes as a file in memory, positioned at its start. `sealed`: nobody who gets it can change it (memfd_create(2)).
pub(crate) fn memory_file(bytes: &[u8], sealed: bool) -> io::Result<OwnedFd> {
    let flags = MFdFlags::MFD_CLOEXEC | if sealed { MFdFlags::MFD_ALLOW_SEALING } else { MFdFlags::empty() };
    let file = File::from(memfd_create("assize", flags)?);
    // Where it is read from stays its start.
    file.write_all_at(bytes, 0)?;
    let fd = OwnedFd::from(file);
    if sealed {
        seal(&fd)?;
    }
    Ok(fd)
}

/// Whether a run's arguments and environment fit in a message to its slot.
pub(crate) fn fits(argv: &[String], env: &[String]) -> bool {
    argv.iter().chain(env).map(|s| s.len() + 8).sum::<usize>() < MAX_MESSAGE - 16 * 1024
}
