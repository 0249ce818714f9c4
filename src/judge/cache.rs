//! Artifacts of compilations, kept on disk by what went into them. Blocking: call it from `spawn_blocking`.
//!
//! ```text
//! DIR/entries/KEY/{manifest, 0, 1, …}   one directory an entry, renamed into place whole
//! DIR/locks/KEY                         held (flock) while KEY is being built
//! DIR/tmp/…                             entries being written (the directory is held by flock) and on their way out
//! DIR/index.lock                        held while a name in entries/ changes hands; says what they take in all
//! ```
//! Several processes may share a directory. Nothing is fsynced: every lookup verifies every byte, so an entry that a power
//! cut left half written is found damaged and built again.
//!
//! Invariant: what [`Cache::get`] returns is what was put in, byte for byte, owned by us, and open: evicting the entry
//! does not take it away. What is damaged or planted is a miss, never an answer.
mod entry;
mod key;
mod recent;
mod size;
#[cfg(test)]
mod tests;

pub use entry::{Artifact, ArtifactFile};
pub use key::{Key, KeyBuilder};

use crate::model::BoxName;
use entry::Flaw;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::sys::stat::Mode;
use recent::Recent;
use size::Size;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Why the cache could not do what was asked. A miss or a damaged entry is no error.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The directory belongs to someone else, or others can write to it.
    #[error("the cache directory {path} is not ours alone; give one that only this user can write to")]
    NotOurs {
        /// The directory.
        path: PathBuf,
    },
    /// A system call failed.
    #[error("failed to {step} {path}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A file that was to be put in could not be read.
    #[error("failed to read an artifact")]
    Source(#[source] io::Error),
}

/// Names the step that failed.
fn at<'a>(step: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> CacheError + 'a {
    move |source| CacheError::Io { step, path: path.to_owned(), source }
}

/// A cache in a directory of its own.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    max_bytes: u64,
    recent: Recent,
}

/// Held while a key is being built: nobody else, thread or process, builds it meanwhile.
#[derive(Debug)]
pub struct BuildLock {
    path: PathBuf,
    /// Closed, and so released, after the name is gone.
    _held: Flock<File>,
}

impl Drop for BuildLock {
    fn drop(&mut self) {
        // While it is held the name is ours to remove; who waits on the old file finds that it has no name any more.
        let _ = fs::remove_file(&self.path);
    }
}

impl Cache {
    /// Opens or makes the cache, and removes what processes that died have left in the middle.
    pub fn open(dir: PathBuf, max_bytes: u64) -> Result<Self, CacheError> {
        for path in [dir.clone(), dir.join("entries"), dir.join("locks"), dir.join("tmp")] {
            DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(at("create", &path))?;
            // The directory itself may be a link of the user's; what lies in it is ours and never one.
            let meta = if path == dir { fs::metadata(&path) } else { fs::symlink_metadata(&path) }.map_err(at("look at", &path))?;
            if !(meta.is_dir() && entry::is_ours_alone(&meta)) {
                return Err(CacheError::NotOurs { path });
            }
        }
        let cache = Self { dir, max_bytes, recent: Recent::default() };
        cache.sweep()?;
        Ok(cache)
    }

    /// An entry that this process has verified, or put in, less than a minute ago, and that is as it was: without a wait.
    pub fn recent(&self, key: &Key) -> Option<Artifact> {
        self.recent.get(key)
    }

    /// Looks an entry up and verifies it. One that is damaged is removed, and a miss.
    pub fn get(&self, key: &Key) -> Result<Option<Artifact>, CacheError> {
        let path = self.entry_path(key);
        let flaw = match entry::open(&path, key) {
            Ok((artifact, manifest)) => {
                // The time of last use, for eviction. Failing to note it costs nothing but order.
                let _ = manifest.set_modified(SystemTime::now());
                self.recent.keep(key, &artifact);
                return Ok(Some(artifact));
            }
            Err(flaw) => flaw,
        };
        match flaw {
            Flaw::Missing => Ok(None),
            Flaw::Host(source) => Err(CacheError::Io { step: "read", path, source }),
            Flaw::Damaged { inode, what } => {
                // Unless it was evicted or replaced while we read it, which is no damage.
                if self.discard(key, inode)? {
                    tracing::warn!(path = %path.display(), %what, "removed a damaged cache entry");
                }
                Ok(None)
            }
        }
    }

    /// Waits until nobody else builds this key. After that, look it up again: the other may have built it.
    pub fn lock(&self, key: &Key) -> Result<BuildLock, CacheError> {
        let path = self.dir.join("locks").join(key.to_string());
        loop {
            let held = lock_file(&path)?;
            // Whoever held it before us has removed its name: then we hold a file that nobody else will ever find.
            if same_file(&held, &path) {
                return Ok(BuildLock { path, _held: held });
            }
        }
    }

    /// Puts an entry in, in place of any other with this key, and evicts what was used least recently if there is too
    /// much. Each file comes as name, whether it is executable, and contents.
    pub fn put(
        &self,
        key: &Key,
        meta: &[u8],
        files: impl Iterator<Item = io::Result<(BoxName, bool, Box<dyn Read>)>>,
    ) -> Result<Artifact, CacheError> {
        let tmp = self.dir.join("tmp");
        let (dir, held) = loop {
            let dir = private("new-").tempdir_in(&tmp).map_err(at("create a directory in", &tmp))?;
            // A sweep may have come between making and holding it: then it is gone, and we make another.
            match File::open(dir.path()) {
                Ok(file) => match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                    Ok(held) if same_file(&held, dir.path()) => break (dir, held),
                    Ok(_) | Err((_, Errno::EWOULDBLOCK | Errno::EINTR)) => {}
                    Err((_, e)) => return Err(at("lock", dir.path())(e.into())),
                },
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(at("open", dir.path())(e)),
            }
        };
        let (artifact, size) = entry::write(dir.path(), key, meta, files)?;
        let path = self.entry_path(key);
        let trash = {
            let _index = self.lock_index()?;
            let trash = self.take_out(&path)?;
            fs::rename(dir.path(), &path).map_err(at("rename an entry to", &path))?;
            trash
        };
        let _moved = dir.keep();
        drop(held);
        if let Some(trash) = trash {
            remove(&trash);
        }
        self.added(key, size)?;
        self.recent.keep(key, &artifact);
        Ok(artifact)
    }

    fn entry_path(&self, key: &Key) -> PathBuf {
        self.dir.join("entries").join(key.to_string())
    }

    /// Names in `entries/` change hands under this lock only, so that what was looked at is what is moved.
    fn lock_index(&self) -> Result<Flock<File>, CacheError> {
        lock_file(&self.dir.join("index.lock"))
    }

    /// Moves whatever stands at `path` out of the way, at once; removing it takes longer. Needs the index lock.
    fn take_out(&self, path: &Path) -> Result<Option<PathBuf>, CacheError> {
        if fs::symlink_metadata(path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let tmp = self.dir.join("tmp");
        let trash = private("old-").tempdir_in(&tmp).map_err(at("create a directory in", &tmp))?;
        unlock(path);
        match fs::rename(path, trash.path().join("entry")) {
            Ok(()) => Ok(Some(trash.keep())),
            Err(e) => Err(at("move away", path)(e)),
        }
    }

    /// Removes an entry, if it is still the one with this inode (none: whatever it is).
    fn discard(&self, key: &Key, inode: Option<u64>) -> Result<bool, CacheError> {
        let path = self.entry_path(key);
        let trash = {
            let _index = self.lock_index()?;
            let now = fs::symlink_metadata(&path).ok().map(|m| m.ino());
            if inode.is_some() && now != inode {
                return Ok(false);
            }
            self.take_out(&path)?
        };
        if let Some(trash) = &trash {
            remove(trash);
        }
        Ok(trash.is_some())
    }

    /// Counts what was added, and evicts if it has become too much. All entries are looked at only when the limit seems
    /// passed, or a tenth of it was added since the last count, by whatever process; as evicting frees at least a tenth, that is seldom.
    fn added(&self, key: &Key, bytes: u64) -> Result<(), CacheError> {
        let before = {
            let index = self.lock_index()?;
            let size = noted(&index, &self.dir)?.map(|size| size.plus(bytes));
            if let Some(size) = size {
                note(size, &index, &self.dir)?;
                if size.total <= self.max_bytes && size.added <= self.max_bytes / 10 {
                    return Ok(());
                }
            }
            size.unwrap_or_default()
        };
        let mut entries = self.entries()?;
        let mut total: u64 = entries.iter().map(|e| e.bytes).sum();
        if total > self.max_bytes {
            entries.sort_by_key(|e| e.used);
            for entry in entries.iter().filter(|e| e.key != *key) {
                if total <= self.max_bytes - self.max_bytes / 10 {
                    break;
                }
                self.discard(&entry.key, Some(entry.inode))?;
                total = total.saturating_sub(entry.bytes);
            }
        }
        let index = self.lock_index()?;
        let now = noted(&index, &self.dir)?.unwrap_or_default();
        // Others have added meanwhile, of which we may have seen some; and one of them may have begun a count of his own.
        let since = now.added.checked_sub(before.added).unwrap_or(now.added);
        note(Size { total, added: 0 }.plus(since), &index, &self.dir)
    }

    fn entries(&self) -> Result<Vec<Listed>, CacheError> {
        let dir = self.dir.join("entries");
        let mut entries = Vec::new();
        for item in fs::read_dir(&dir).map_err(at("list", &dir))? {
            let item = item.map_err(at("list", &dir))?;
            // What has no key for a name was not put here by us, and can't be evicted.
            let Some(key) = item.file_name().to_str().and_then(Key::from_hex) else { continue };
            // One that is just being evicted by someone else is none any more.
            let Ok(meta) = fs::symlink_metadata(item.path()) else { continue };
            if !meta.is_dir() {
                // Planted: it goes first, and is not looked into.
                entries.push(Listed { key, inode: meta.ino(), bytes: 0, used: SystemTime::UNIX_EPOCH });
                continue;
            }
            let used = fs::symlink_metadata(item.path().join(entry::MANIFEST)).and_then(|m| m.modified());
            let bytes =
                fs::read_dir(item.path()).map_or(0, |files| files.flatten().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum());
            entries.push(Listed { key, inode: meta.ino(), bytes, used: used.unwrap_or(SystemTime::UNIX_EPOCH) });
        }
        Ok(entries)
    }

    /// Removes what was being written or removed by processes that are no more: nobody holds it.
    fn sweep(&self) -> Result<(), CacheError> {
        // With the index lock, or the directory that an entry is about to be moved into might go.
        let _index = self.lock_index()?;
        let tmp = self.dir.join("tmp");
        for item in fs::read_dir(&tmp).map_err(at("list", &tmp))?.flatten() {
            // What is planted there, a link or a FIFO, is not ours to follow or to wait on.
            let file = match nix::fcntl::open(
                &item.path(),
                OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY,
                Mode::empty(),
            ) {
                Ok(fd) => File::from(fd),
                Err(Errno::ENOTDIR | Errno::ELOOP) => {
                    remove(&item.path());
                    continue;
                }
                Err(_) => continue,
            };
            if let Ok(_held) = Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                remove(&item.path());
            }
        }
        Ok(())
    }
}

struct Listed {
    key: Key,
    inode: u64,
    bytes: u64,
    used: SystemTime,
}

fn noted(index: &File, dir: &Path) -> Result<Option<Size>, CacheError> {
    Size::noted(index).map_err(at("read what is noted in", dir))
}

fn note(size: Size, index: &File, dir: &Path) -> Result<(), CacheError> {
    size.note(index).map_err(at("note the size of", dir))
}

/// Makes a directory our own to move and to empty, whatever its mode had become. Whether it is one, and no link to one.
fn unlock(path: &Path) -> bool {
    let is_directory = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
    if is_directory {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
    }
    is_directory
}

/// Removes what lies in `tmp/`, a directory of ours or whatever else. What can't be removed now is swept when the cache is opened next.
fn remove(path: &Path) {
    let is_directory = unlock(path);
    if is_directory {
        unlock(&path.join("entry"));
    }
    if let Err(e) = if is_directory { fs::remove_dir_all(path) } else { fs::remove_file(path) }
        && e.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(path = %path.display(), error = %e, "failed to remove a cache entry");
    }
}

/// Opens (or makes) a lock file and waits for it. What else stands there (a link, a FIFO) is taken away: it is nothing to open,
/// and nothing to wait on.
fn lock_file(path: &Path) -> Result<Flock<File>, CacheError> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let open = || fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).custom_flags(flags).open(path);
    if fs::symlink_metadata(path).is_ok_and(|m| !m.is_file()) {
        remove(path);
    }
    let mut file = open().map_err(at("open the lock", path))?;
    loop {
        match Flock::lock(file, FlockArg::LockExclusive) {
            Ok(held) => return Ok(held),
            Err((same, Errno::EINTR)) => file = same,
            Err((_, e)) => return Err(at("lock", path)(e.into())),
        }
    }
}

/// For a directory that only we can write to, whatever our mask lets others: what is found otherwise is not trusted.
fn private(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).permissions(fs::Permissions::from_mode(0o700));
    builder
}

/// Whether the name still stands for the open file.
fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}
