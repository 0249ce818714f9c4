//! A caller's large file, read by a thread of its own: its file system may stop answering in the middle.
//!
//! Such a read can't be taken back, and holds its thread for as long as it lasts. So it is not one of the runtime's, which has two,
//! and who waits for it does so for a bounded time, while other requests are judged. What the opener has read of each file
//! is in the kernel's cache: a file that is no longer needs none of this.
//!
//! Invariant: at most a few blocks of the file are in memory.
use crate::pool::FIRST_BLOCK;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};

/// How long one block may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file whose bytes come from another thread, in order.
#[derive(Debug)]
pub(super) struct Patient {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
    patience: Duration,
    /// What it is called where it fails.
    name: String,
}

/// All of the file that was opened at `path`, as a stream.
pub(super) fn reader(path: &Path, file: File, size: u64) -> io::Result<Box<dyn Read + Send>> {
    Ok(if size <= FIRST_BLOCK as u64 { Box::new(file) } else { Box::new(Patient::new(file, path.display().to_string(), PATIENCE)?) })
}

impl Patient {
    fn new(mut file: File, name: String, patience: Duration) -> io::Result<Self> {
        let (send, blocks) = sync_channel(1);
        let read = move || {
            loop {
                let mut block = vec![0; FIRST_BLOCK];
                let read = match file.read(&mut block) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let last = !matches!(read, Ok(1..));
                let read = read.map(|n| {
                    block.truncate(n);
                    block
                });
                // An error: nobody wants more of it.
                if send.send(read).is_err() || last {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("reads".into()).spawn(read)?;
        Ok(Self { blocks, block: Vec::new(), at: 0, patience, name })
    }

    fn next(&self) -> io::Result<Vec<u8>> {
        if let Ok(block) = self.blocks.try_recv() {
            return block;
        }
        match aside(|| self.blocks.recv_timeout(self.patience)) {
            Ok(block) => block,
            Err(RecvTimeoutError::Timeout) => {
                let message = format!("{}: its file system has not answered for {} s", self.name, self.patience.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, message))
            }
            // Its thread has said that this is the end.
            Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
        }
    }
}

impl Read for Patient {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && !into.is_empty() {
            (self.block, self.at) = (self.next()?, 0);
        }
        let n = into.len().min(self.block.len() - self.at);
        into[..n].copy_from_slice(&self.block[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Waits, while another thread takes on what this one of the runtime's has to do besides.
fn aside<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
        _ => wait(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};
    use std::os::fd::OwnedFd;
    use std::time::Instant;

    #[test]
    fn what_comes_out_is_the_file() {
        for len in [0, 1, FIRST_BLOCK, FIRST_BLOCK + 1, 5 * FIRST_BLOCK + 77] {
            let bytes: Vec<u8> = (0..=250).cycle().take(len).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            file.rewind().unwrap();
            let mut back = Vec::new();
            reader(Path::new("x"), file, len as u64).unwrap().read_to_end(&mut back).unwrap();
            assert!(back == bytes, "{len}");
        }
    }

    /// A pipe that nobody writes to hangs like a file system that does not answer.
    fn hangs() -> (Patient, impl Write) {
        let (file, writer) = io::pipe().unwrap();
        (Patient::new(File::from(OwnedFd::from(file)), "slow".into(), Duration::from_millis(300)).unwrap(), writer)
    }

    #[test]
    fn patience_ends() {
        let (mut patient, mut writer) = hangs();
        writer.write_all(b"head").unwrap();
        let mut text = Vec::new();
        let error = patient.read_to_end(&mut text).unwrap_err();
        assert_eq!((text.as_slice(), error.kind()), (b"head".as_slice(), io::ErrorKind::TimedOut));
        assert!(error.to_string().starts_with("slow: its file system has not answered"), "{error}");
    }

    /// With one thread for all tasks another could not go on if this one held it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_go_on_meanwhile() {
        let (mut patient, _writer) = hangs();
        let began = Instant::now();
        let waits = tokio::spawn(async move { (patient.read(&mut [0]).is_err(), began.elapsed()) });
        let other = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            began.elapsed()
        });
        let (waited, gone_on) = (waits.await.unwrap(), other.await.unwrap());
        assert!(waited.0 && gone_on < waited.1, "{waited:?} {gone_on:?}");
    }
}
