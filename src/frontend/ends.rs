//! The two ends of a batch: where requests come from and where answers go.
//!
//! What a pipe or socket has, or has room for, is read and written at once. All else is done by a thread that may wait for a slow
//! disk, reader or writer: to hand it over costs four switches between threads, a tenth of all that a small request takes.
//!
//! Whether there would be a wait is known by `RWF_NOWAIT` (preadv2(2); of pipes since Linux 6.4), and not by `O_NONBLOCK`, which is
//! not ours to set: whoever shares the pipe with us would have it too. Where one of those has set it, a thread could not wait either, and the
//! runtime does.
use super::waiting::is_non_blocking;
use crate::pool::readiness;
use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd as _, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::fs::File;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// The offset that says: where the file is.
const HERE: u64 = u64::MAX;

/// Something to read from.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    /// It can be waited for, and the kernel can tell. (epoll(7) does not take plain files.)
    waits: Option<AsyncFd<OwnedFd>>,
}

impl Source {
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let waits = readiness(fd.try_clone()?, Interest::READABLE).ok();
        Ok(Self { file: File::from_std(fd.into()), waits })
    }
}

impl AsyncRead for Source {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while let Some(waits) = &self.waits {
            let mut ready = ready!(waits.poll_read_ready(cx))?;
            let rest = into.initialize_unfilled();
            let read = match preadv2(waits, &mut [IoSliceMut::new(rest)], HERE, ReadWriteFlags::NOWAIT) {
                Err(e) if !matches!(e, Errno::AGAIN | Errno::INTR) && is_non_blocking(waits) => rustix::io::read(waits, rest),
                read => read,
            };
            match read {
                Ok(n) => {
                    into.advance(n);
                    return Poll::Ready(Ok(()));
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                // It can't tell. Or something is wrong, which the thread will meet too.
                Err(_) => self.waits = None,
            }
        }
        Pin::new(&mut self.file).poll_read(cx, into)
    }
}

/// Something to write to.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    /// The kernel can tell for this kind of file.
    at_once: bool,
    /// Something was handed over, and nothing may overtake it.
    handed_over: bool,
    /// Somebody has made it non-blocking.
    waits: Option<AsyncFd<OwnedFd>>,
}

impl Output {
    pub fn new(fd: OwnedFd) -> Self {
        Self { file: File::from_std(fd.into()), at_once: true, handed_over: false, waits: None }
    }

    fn write_at_once(&mut self, text: &[u8]) -> Option<io::Result<usize>> {
        match pwritev2(self.file.as_fd(), &[IoSlice::new(text)], HERE, ReadWriteFlags::NOWAIT) {
            Ok(n) => Some(Ok(n)),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(Errno::PIPE) => Some(Err(Errno::PIPE.into())),
            // It can't tell. Or something is wrong, which the thread will meet too.
            Err(_) => {
                self.at_once = false;
                None
            }
        }
    }

    /// Whether the runtime is to wait until there is room.
    fn must_wait(&mut self) -> bool {
        if is_non_blocking(&self.file) {
            // A plain file has none to wait for.
            self.waits = self.file.as_fd().try_clone_to_owned().and_then(|fd| readiness(fd, Interest::WRITABLE)).ok();
        }
        self.waits.is_some()
    }

    fn poll_room(&self, cx: &mut Context<'_>, text: &[u8]) -> Poll<io::Result<usize>> {
        let Some(waits) = &self.waits else { return Poll::Ready(Err(io::ErrorKind::NotConnected.into())) };
        loop {
            let mut ready = ready!(waits.poll_write_ready(cx))?;
            let written = match pwritev2(waits, &[IoSlice::new(text)], HERE, ReadWriteFlags::NOWAIT) {
                Err(e) if !matches!(e, Errno::AGAIN | Errno::INTR | Errno::PIPE) => rustix::io::write(waits, text),
                written => written,
            };
            match written {
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                written => return Poll::Ready(Ok(written?)),
            }
        }
    }
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, text: &[u8]) -> Poll<io::Result<usize>> {
        if self.waits.is_some() {
            return self.poll_room(cx, text);
        }
        if self.at_once
            && !self.handed_over
            && let Some(written) = self.write_at_once(text)
        {
            return Poll::Ready(written);
        }
        if !self.handed_over && self.must_wait() {
            return self.poll_room(cx, text);
        }
        self.handed_over = true;
        Pin::new(&mut self.file).poll_write(cx, text)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.file).poll_flush(cx);
        if flushed.is_ready() {
            self.handed_over = false;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.file).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn a_pipe_is_read_as_it_comes_and_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let writing = std::thread::spawn(move || {
            for part in ["one ", "two ", "three"] {
                std::thread::sleep(Duration::from_millis(20));
                writer.write_all(part.as_bytes()).unwrap();
            }
        });
        let mut source = Source::new(reader.into()).unwrap();
        let (mut first, mut rest) = ([0; 2], String::new());
        source.read_exact(&mut first).await.unwrap();
        source.read_to_string(&mut rest).await.unwrap();
        writing.join().unwrap();
        assert_eq!((&first, &*rest), (b"on", "e two three"));
    }

    #[tokio::test]
    async fn a_plain_file_is_read_too() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = vec![7; 200_000];
        file.write_all(&bytes).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK)).unwrap();
        let mut all = Vec::new();
        Source::new(file.into()).unwrap().read_to_end(&mut all).await.unwrap();
        assert!(all == bytes);
    }

    #[tokio::test]
    async fn nothing_overtakes_what_waits_for_a_slow_reader() {
        let (mut reader, writer) = io::pipe().unwrap();
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            // The pipe is full long before.
            std::thread::sleep(Duration::from_millis(50));
            reader.read_to_end(&mut all).map(|_| all)
        });
        let mut output = Output::new(writer.into());
        let mut wanted = Vec::new();
        for (round, len) in [10, 5_000, 5 << 20, 70_000, 1, 100_000].into_iter().enumerate() {
            let text: Vec<u8> = (0..=250).cycle().skip(round).take(len).collect();
            output.write_all(&text).await.unwrap();
            output.flush().await.unwrap();
            wanted.extend(text);
        }
        output.flush().await.unwrap();
        drop(output);
        assert!(reading.join().unwrap().unwrap() == wanted);
    }

    /// As a parent that shares the pipe, or the terminal, may have made it.
    #[tokio::test]
    async fn what_somebody_has_made_non_blocking_is_waited_for() {
        let (reader, writer) = io::pipe().unwrap();
        for end in [reader.as_fd(), writer.as_fd()] {
            nix::fcntl::fcntl(end, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK)).unwrap();
        }
        let wanted: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
        let text = wanted.clone();
        let writing = tokio::spawn(async move {
            let mut output = Output::new(writer.into());
            for part in text.chunks(100_000) {
                output.write_all(part).await.unwrap();
                output.flush().await.unwrap();
            }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut all = Vec::new();
        Source::new(reader.into()).unwrap().read_to_end(&mut all).await.unwrap();
        writing.await.unwrap();
        assert!(all == wanted);
    }

    #[tokio::test]
    async fn a_plain_file_is_written_too() {
        let mut file = tempfile::tempfile().unwrap();
        nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK)).unwrap();
        let mut output = Output::new(file.try_clone().unwrap().into());
        for line in ["one\n", "two\n"] {
            output.write_all(line.as_bytes()).await.unwrap();
            output.flush().await.unwrap();
        }
        let mut text = String::new();
        io::Seek::rewind(&mut file).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }

    #[tokio::test]
    async fn a_reader_that_went_away_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = Output::new(writer.into()).write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
