//! The supervisor's side of the opener: files by path, read-only for good.
use super::slot::spawn;
use crate::sandbox::{Fault, FromOpener, OPENER, ToOpener, receive, send};
use nix::sys::socket::MsgFlags;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::process::Child;
use tokio::sync::Mutex;

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The caller's fault: no such file, not a regular one, outside the root, …
    #[error("{path}: {message}")]
    Refused {
        /// Which.
        path: String,
        /// Why.
        message: String,
    },
    /// Ours.
    #[error("failed to open a file for a run: {0}")]
    Io(#[from] io::Error),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How long opening a file may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long where another file of the same directory is still waited for.
const LESS_PATIENCE: Duration = Duration::from_secs(1);
/// How long others wait for the one that is asked, before they get another.
const MOMENT: Duration = Duration::from_millis(200);
/// So many unanswered questions are remembered.
const MOST_HANGING: usize = 8;

/// Opens files through a process that can't write. It is started with the first file that is asked for.
#[derive(Debug)]
pub struct Opener {
    root: Option<PathBuf>,
    process: Mutex<Option<Process>>,
    hanging: std::sync::Mutex<VecDeque<Hanging>>,
}

#[derive(Debug)]
struct Process {
    socket: AsyncFd<OwnedFd>,
    child: Child,
    buffer: Vec<u8>,
}

/// One that was asked, and has not answered in time.
#[derive(Debug)]
struct Hanging {
    process: Process,
    directory: Option<PathBuf>,
}

impl Opener {
    /// Files may lie below `root`, if it is given; else anywhere.
    pub fn new(root: Option<PathBuf>) -> Self {
        Self { root, process: Mutex::new(None), hanging: std::sync::Mutex::default() }
    }

    /// Opens a regular file for reading; also says its size.
    pub async fn open(&self, path: &Path) -> Result<(File, u64), OpenError> {
        let mut held = self.process.lock().await;
        // Taken out while it is asked: where this future is dropped half-way its answer must not reach the next question.
        let mut process = match held.take() {
            Some(process) => process,
            None => Process::start(self.root.clone()).await?,
        };
        let patience = self.patience(path);
        let asked = {
            let question = process.ask(ToOpener::Open(path.to_owned()));
            tokio::pin!(question);
            let mut asked = tokio::time::timeout(MOMENT, &mut question).await.ok();
            if asked.is_none() {
                // A file system that hangs holds this opener, and nobody else: the next file is another opener's.
                drop(held);
                asked = tokio::time::timeout(patience.saturating_sub(MOMENT), &mut question).await.ok();
                held = self.process.lock().await;
            }
            asked
        };
        let Some(asked) = asked else {
            self.hangs(process, path);
            let message = format!("it could not be read in {} s; does its file system answer?", patience.as_secs());
            return Err(OpenError::Refused { path: path.display().to_string(), message });
        };
        let (answer, fds) = asked?;
        held.get_or_insert(process);
        match answer {
            FromOpener::Opened { size } => {
                let fd = fds.into_iter().next().ok_or_else(|| io::Error::other("the opener sent no file"))?;
                Ok((File::from(fd), size))
            }
            FromOpener::Refused(message) => Err(OpenError::Refused { path: path.display().to_string(), message }),
            FromOpener::Ready | FromOpener::Failed(_) => Err(io::Error::other("the opener answered out of turn").into()),
        }
    }

    fn hanging(&self) -> MutexGuard<'_, VecDeque<Hanging>> {
        // Nothing under this lock can be left half done by a panic.
        self.hanging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place that hangs costs one long wait, and not one for each of its files.
    fn patience(&self, path: &Path) -> Duration {
        let mut hanging = self.hanging();
        hanging.retain(|h| h.process.is_silent());
        if hanging.iter().any(|h| h.directory.as_deref() == path.parent()) { LESS_PATIENCE } else { PATIENCE }
    }

    fn hangs(&self, process: Process, path: &Path) {
        let mut hanging = self.hanging();
        hanging.push_back(Hanging { process, directory: path.parent().map(Path::to_owned) });
        if hanging.len() > MOST_HANGING {
            hanging.pop_front();
        }
    }

    /// Ends the process and waits for its end; not for that of one that hangs.
    pub async fn close(&self) {
        self.hanging().clear();
        if let Some(Process { socket, mut child, .. }) = self.process.lock().await.take() {
            drop(socket);
            let _ = child.wait().await;
        }
    }
}

impl Process {
    async fn start(root: Option<PathBuf>) -> Result<Self, OpenError> {
        let (socket, child) = spawn(OPENER)?;
        let mut process = Self { socket, child, buffer: Vec::new() };
        match process.ask(ToOpener::Root(root)).await? {
            (FromOpener::Ready, _) => Ok(process),
            (FromOpener::Failed(fault), _) => Err(fault.into()),
            _ => Err(io::Error::other("the opener answered out of turn").into()),
        }
    }

    /// Whether it has still not answered.
    fn is_silent(&self) -> bool {
        let heard = receive::<FromOpener>(self.socket.get_ref().as_fd(), &mut Vec::new(), MsgFlags::MSG_DONTWAIT);
        heard.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
    }

    async fn ask(&mut self, message: ToOpener) -> io::Result<(FromOpener, Vec<OwnedFd>)> {
        let Self { socket, buffer, .. } = self;
        // One question at a time: there is always room.
        send(socket.get_ref().as_fd(), &message, &[])?;
        let got = socket.async_io(Interest::READABLE, |socket| receive(socket.as_fd(), buffer, MsgFlags::MSG_DONTWAIT)).await?;
        got.ok_or_else(|| io::Error::other("the opener is gone"))
    }
}
