//! A program's output, kept for the program that judges it: a little in memory, much in a file without a name.
//!
//! Invariant: memory does not grow with the output, and what is handed over can't be changed by who gets it, or is
//! nobody else's.
use crate::pool::memory_file;
use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt as _;

/// More than this goes to a file in the folder for temporary files (`TMPDIR`).
const MOST_IN_MEMORY: usize = 1 << 20;

/// Output on its way.
#[derive(Debug, Default)]
pub(in crate::judge) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    failed: Option<io::Error>,
}

impl Spool {
    /// Takes the next bytes. A failure is kept, and told at the end.
    pub(in crate::judge) fn feed(&mut self, chunk: &[u8]) {
        if self.failed.is_none()
            && let Err(e) = self.try_feed(chunk)
        {
            self.failed = Some(e);
        }
    }

    fn try_feed(&mut self, chunk: &[u8]) -> io::Result<()> {
        if self.file.is_none() && self.memory.len() + chunk.len() <= MOST_IN_MEMORY {
            self.memory.extend_from_slice(chunk);
            return Ok(());
        }
        if self.file.is_none() {
            let mut file = tempfile::tempfile()?;
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(chunk))
    }

    /// All of a reader.
    pub(in crate::judge) fn of(mut from: impl Read) -> io::Result<File> {
        let mut spool = Self::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return spool.finish(),
                Ok(n) => spool.try_feed(&chunk[..n])?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// The whole of it, at its start.
    pub(in crate::judge) fn finish(self) -> io::Result<File> {
        match (self.failed, self.file) {
            (Some(e), _) => Err(e),
            // Opened anew, for reading only, and from its start. Whoever gets it may do the same (/dev/stdin), under whatever id;
            // without a name nobody else comes to it.
            (None, Some(file)) => {
                file.set_permissions(Permissions::from_mode(0o444))?;
                File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
            }
            (None, None) => memory_file(&self.memory, true).map(File::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_whatever_its_size() {
        for len in [0, 1, MOST_IN_MEMORY - 1, MOST_IN_MEMORY, MOST_IN_MEMORY + 1, 3 * MOST_IN_MEMORY + 7] {
            let bytes: Vec<u8> = (0..=255).cycle().take(len).collect();
            let mut spool = Spool::default();
            for chunk in bytes.chunks(65_536) {
                spool.feed(chunk);
            }
            for mut file in [spool.finish().unwrap(), Spool::of(&bytes[..]).unwrap()] {
                let mut back = Vec::new();
                file.read_to_end(&mut back).unwrap();
                assert!(back == bytes, "{len}");
                assert!(file.write_all(b"x").is_err(), "{len}");
                let mode = file.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o444, 0o444, "{len}: not everybody may open it again");
            }
        }
    }
}
