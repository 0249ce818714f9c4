//! Entries that this process has verified a moment ago, open.
//!
//! An inode's change time can't be set by anybody (inode(7)): a file that has the stamp it had when it was verified holds what it
//! held then. So looking at an entry again costs a few fstat(2) instead of reading and hashing it.
use super::Key;
use super::entry::Artifact;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A batch is seldom about more programs at a time.
const MOST: usize = 32;
/// Each holds its files open: one of more files is not kept.
const MOST_FILES: usize = 16;
/// Then it is read again, which also notes on disk that it was used.
const FRESH: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    key: Key,
    artifact: Artifact,
    verified: Instant,
}

/// What changes when a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { inode: meta.ino(), size: meta.size(), changed: (meta.ctime(), meta.ctime_nsec()) })
    }
}

impl Recent {
    /// An entry that is as it was when it was verified.
    pub(super) fn get(&self, key: &Key) -> Option<Artifact> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|k| k.key == *key)?;
        let found = kept.remove(at)?;
        let as_it_was = found.artifact.files.iter().all(|f| Stamp::of(&f.file).is_ok_and(|now| now == f.stamp));
        if !as_it_was || found.verified.elapsed() > FRESH {
            return None;
        }
        let artifact = found.artifact.clone();
        kept.push_back(found);
        Some(artifact)
    }

    /// Keeps an entry that has just been verified, or written.
    pub(super) fn keep(&self, key: &Key, artifact: &Artifact) {
        if artifact.files.len() > MOST_FILES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|k| k.key != *key);
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back(Kept { key: *key, artifact: artifact.clone(), verified: Instant::now() });
    }
}
