//! Streams that somebody who shares them with us may have made non-blocking (`O_NONBLOCK` is the open file's, fcntl(2), and so not ours
//! to take back): waited for as others are.
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;

/// Whether a read or write of it may say that it would have to wait.
pub(super) fn is_non_blocking(fd: impl AsFd) -> bool {
    fcntl(fd, FcntlArg::F_GETFL).is_ok_and(|flags| OFlag::from_bits_retain(flags).contains(OFlag::O_NONBLOCK))
}

fn wait(fd: &impl AsFd, what: PollFlags) -> io::Result<()> {
    loop {
        match poll(&mut [PollFd::new(fd.as_fd(), what)], PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            waited => return Ok(waited.map(drop)?),
        }
    }
}

/// Something to write to.
pub(super) struct Waiting<W>(pub W);

impl<W: Write + AsFd> Write for Waiting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => wait(&self.0, PollFlags::POLLOUT)?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            match self.0.flush() {
                Err(e) if e.kind() == ErrorKind::WouldBlock => wait(&self.0, PollFlags::POLLOUT)?,
                flushed => return flushed,
            }
        }
    }
}

/// Copies to the end. In one call where that is possible (`io::copy` moves pages, not bytes).
pub(super) fn copy(from: &mut (impl Read + AsFd), to: &mut impl Write) -> io::Result<()> {
    loop {
        match io::copy(from, to) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => wait(from, PollFlags::POLLIN)?,
            copied => return copied.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_would_block_is_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        for end in [reader.as_fd(), writer.as_fd()] {
            assert!(!is_non_blocking(end));
            fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
            assert!(is_non_blocking(end));
        }
        // More than a pipe holds, by a writer and a reader who both have to wait.
        let bytes: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
        let all = std::thread::scope(|threads| {
            threads.spawn(|| {
                let mut writer = Waiting(writer);
                std::thread::sleep(Duration::from_millis(20));
                writer.write_all(&bytes).unwrap();
                std::thread::sleep(Duration::from_millis(20));
                writer.write_all(b"end").unwrap();
            });
            let mut all = Vec::new();
            copy(&mut reader, &mut all).unwrap();
            all
        });
        assert!(all.strip_suffix(b"end") == Some(&bytes[..]));
    }
}
