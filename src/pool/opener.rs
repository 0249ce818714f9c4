//! The supervisor's side of the opener: files by path, read-only for good.
use super::slot::spawn;
use crate::sandbox::{Fault, FromOpener, OPENER, ToOpener, receive, send};
use nix::sys::socket::MsgFlags;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
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

/// Opens files through a process that can't write. It is started with the first file that is asked for.
#[derive(Debug)]
pub struct Opener {
    root: Option<PathBuf>,
    process: Mutex<Option<Process>>,
}

#[derive(Debug)]
struct Process {
    socket: AsyncFd<OwnedFd>,
    child: Child,
    buffer: Vec<u8>,
}

impl Opener {
    /// Files may lie below `root`, if it is given; else anywhere.
    pub fn new(root: Option<PathBuf>) -> Self {
        Self { root, process: Mutex::new(None) }
    }

    /// Opens a regular file for reading; also says its size.
    pub async fn open(&self, path: &Path) -> Result<(File, u64), OpenError> {
        let mut held = self.process.lock().await;
        // Taken out while it is asked: where this future is dropped half-way its answer must not reach the next question.
        let mut process = match held.take() {
            Some(process) => process,
            None => Process::start(self.root.clone()).await?,
        };
        // A file system that hangs holds the opener, and nobody else: the next file is another opener's.
        let Ok(asked) = tokio::time::timeout(PATIENCE, process.ask(&ToOpener::Open(path.to_owned()))).await else {
            let message = format!("it could not be opened in {} s; does its file system answer?", PATIENCE.as_secs());
            return Err(OpenError::Refused { path: path.display().to_string(), message });
        };
        let (answer, fds) = asked?;
        *held = Some(process);
        match answer {
            FromOpener::Opened { size } => {
                let fd = fds.into_iter().next().ok_or_else(|| io::Error::other("the opener sent no file"))?;
                Ok((File::from(fd), size))
            }
            FromOpener::Refused(message) => Err(OpenError::Refused { path: path.display().to_string(), message }),
            FromOpener::Ready | FromOpener::Failed(_) => Err(io::Error::other("the opener answered out of turn").into()),
        }
    }

    /// Ends the process and waits for its end.
    pub async fn close(&self) {
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
        match process.ask(&ToOpener::Root(root)).await? {
            (FromOpener::Ready, _) => Ok(process),
            (FromOpener::Failed(fault), _) => Err(fault.into()),
            _ => Err(io::Error::other("the opener answered out of turn").into()),
        }
    }

    async fn ask(&mut self, message: &ToOpener) -> io::Result<(FromOpener, Vec<OwnedFd>)> {
        let Self { socket, buffer, .. } = self;
        // One question at a time: there is always room.
        send(socket.get_ref().as_fd(), message, &[])?;
        let got = socket.async_io(Interest::READABLE, |socket| receive(socket.as_fd(), buffer, MsgFlags::MSG_DONTWAIT)).await?;
        got.ok_or_else(|| io::Error::other("the opener is gone"))
    }
}
