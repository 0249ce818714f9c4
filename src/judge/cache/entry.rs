//! One entry: a directory with a manifest and the files it names by number.
use super::recent::Stamp;
use super::{CacheError, Key, at};
use crate::model::BoxName;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// The manifest's name. Files are `0`, `1`, …: their real names are in it, so that no name can lead elsewhere.
pub(super) const MANIFEST: &str = "manifest";

/// Bumped when the manifest changes: older entries are then misses.
const VERSION: u32 = 1;
/// No manifest is larger: it holds what the compiler said, which is captured up to a few MiB.
const MAX_MANIFEST: u64 = 256 << 20;
const HASH: usize = blake3::OUT_LEN;

/// An entry, open.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// What was put in beside the files.
    pub meta: Vec<u8>,
    /// The files, in the order they were put in.
    pub files: Vec<ArtifactFile>,
}

/// A file of an entry.
#[derive(Debug, Clone)]
pub struct ArtifactFile {
    /// Its name in the box.
    pub name: BoxName,
    /// Whether it may be executed (mode 0555, else 0444).
    pub executable: bool,
    /// Open for reading, at its start; stays valid when the entry is evicted.
    pub file: Arc<File>,
    /// In bytes.
    pub size: u64,
    /// Taken before it was verified: while the file has it, it holds what was verified.
    pub(super) stamp: Stamp,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    key: [u8; 32],
    meta: Vec<u8>,
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    name: BoxName,
    executable: bool,
    size: u64,
    hash: [u8; 32],
}

/// Why an entry can't be used.
#[derive(Debug)]
pub(super) enum Flaw {
    /// There is none.
    Missing,
    /// It is not what was put in.
    Damaged {
        /// Of the entry's directory, where it could be opened.
        inode: Option<u64>,
        what: String,
    },
    /// The host has trouble: that says nothing about the entry.
    Host(io::Error),
}

/// Whether a file is our user's, and no one else may write to it.
pub(super) fn is_ours_alone(meta: &Metadata) -> bool {
    meta.uid() == nix::unistd::geteuid().as_raw() && meta.mode() & 0o022 == 0
}

/// The mode of a file: the sandbox's user reads it, nobody writes it.
const fn mode(executable: bool) -> u32 {
    if executable { 0o555 } else { 0o444 }
}

/// Opens and verifies an entry; its manifest comes along, to note the time of use.
pub(super) fn open(path: &Path, key: &Key) -> Result<(Artifact, File), Flaw> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY;
    let dir = match nix::fcntl::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::ENOENT) => return Err(Flaw::Missing),
        Err(e) => {
            let inode = fs::symlink_metadata(path).ok().map(|m| m.ino());
            return Err(flaw(inode, "the entry", e));
        }
    };
    let meta = dir.metadata().map_err(Flaw::Host)?;
    let inode = Some(meta.ino());
    let damaged = |what: String| Flaw::Damaged { inode, what };
    if !is_ours_alone(&meta) {
        return Err(damaged("the entry belongs to someone else, or others can write to it".into()));
    }
    let mut file = open_file(&dir, inode, MANIFEST, false)?;
    let mut bytes = Vec::new();
    read(&mut file, inode, MANIFEST, |f| f.take(MAX_MANIFEST).read_to_end(&mut bytes).map(drop))?;
    let manifest = decode(&bytes).filter(|m| m.version == VERSION && m.key == key.0).ok_or_else(|| damaged("the manifest".into()))?;
    let mut files = Vec::with_capacity(manifest.files.len());
    for (i, listed) in manifest.files.into_iter().enumerate() {
        let number = i.to_string();
        let mut file = open_file(&dir, inode, &number, listed.executable)?;
        let stamp = Stamp::of(&file).map_err(Flaw::Host)?;
        let mut hasher = blake3::Hasher::new();
        // Not a byte more than it should have is read, however large it was made.
        read(&mut file, inode, &number, |f| {
            hasher.update_reader(f.take(listed.size.saturating_add(1)))?;
            f.rewind()
        })?;
        if hasher.count() != listed.size || *hasher.finalize().as_bytes() != listed.hash {
            return Err(damaged(format!("the contents of {}", listed.name)));
        }
        files.push(ArtifactFile { name: listed.name, executable: listed.executable, file: Arc::new(file), size: listed.size, stamp });
    }
    Ok((Artifact { meta: manifest.meta, files }, file))
}

/// Opens a file of an entry, if it is a regular one of ours with the mode it was given.
fn open_file(dir: &File, inode: Option<u64>, name: &str, executable: bool) -> Result<File, Flaw> {
    // O_NONBLOCK: a FIFO that was planted must not hold us up.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = openat(dir, name, flags, Mode::empty()).map(File::from).map_err(|e| flaw(inode, name, e))?;
    let meta = file.metadata().map_err(Flaw::Host)?;
    if !(meta.is_file() && is_ours_alone(&meta) && meta.mode() & 0o7777 == mode(executable) && meta.nlink() <= 1) {
        return Err(Flaw::Damaged { inode, what: format!("{name}: not the regular file it was, or not with its mode and owner") });
    }
    Ok(file)
}

fn read(file: &mut File, inode: Option<u64>, name: &str, how: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Flaw> {
    how(file).map_err(|e| match e.raw_os_error() {
        Some(errno) => flaw(inode, name, Errno::from_raw(errno)),
        None => Flaw::Host(e),
    })
}

/// Errors that tell of the entry are damage; all others are the host's.
fn flaw(inode: Option<u64>, name: &str, errno: Errno) -> Flaw {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR | Errno::EISDIR | Errno::ELOOP | Errno::EACCES | Errno::EPERM | Errno::ENXIO | Errno::EIO => {
            Flaw::Damaged { inode, what: format!("{name}: {}", errno.desc()) }
        }
        other => Flaw::Host(other.into()),
    }
}

/// The hash over the manifest stands before it.
fn decode(bytes: &[u8]) -> Option<Manifest> {
    let (hash, body) = bytes.split_at_checked(HASH)?;
    (blake3::hash(body).as_bytes() == hash).then(|| postcard::from_bytes(body).ok()).flatten()
}

/// Writes an entry into an empty directory. Returns it open, and its size.
pub(super) fn write(
    dir: &Path,
    key: &Key,
    meta: &[u8],
    files: impl Iterator<Item = io::Result<(BoxName, bool, Box<dyn Read>)>>,
) -> Result<(Artifact, u64), CacheError> {
    let mut total = 0;
    let mut opened = Vec::new();
    let mut manifest = Manifest { version: VERSION, key: key.0, meta: meta.to_vec(), files: Vec::new() };
    for (i, item) in files.enumerate() {
        let (name, executable, mut contents) = item.map_err(CacheError::Source)?;
        let path = dir.join(i.to_string());
        let mut hasher = blake3::Hasher::new();
        let file = write_file(&path, executable, |file| {
            let mut block = vec![0; 128 << 10];
            loop {
                match contents.read(&mut block) {
                    Ok(0) => return Ok(()),
                    Ok(n) => {
                        hasher.update(&block[..n]);
                        file.write_all(&block[..n]).map_err(at("write", &path))?;
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(CacheError::Source(e)),
                }
            }
        })?;
        let size = hasher.count();
        total += size;
        manifest.files.push(Listed { name: name.clone(), executable, size, hash: *hasher.finalize().as_bytes() });
        let stamp = Stamp::of(&file).map_err(at("look at", &path))?;
        opened.push(ArtifactFile { name, executable, file: Arc::new(file), size, stamp });
    }
    let path = dir.join(MANIFEST);
    let body = postcard::to_stdvec(&manifest).map_err(io::Error::other).map_err(at("encode", &path))?;
    let hash = blake3::hash(&body);
    write_file(&path, false, |file| file.write_all(hash.as_bytes()).and_then(|()| file.write_all(&body)).map_err(at("write", &path)))?;
    Ok((Artifact { meta: manifest.meta, files: opened }, total + (HASH + body.len()) as u64))
}

/// Writes a file, and opens it again for reading: one that is open for writing anywhere can't be executed (ETXTBSY).
fn write_file(path: &Path, executable: bool, write: impl FnOnce(&mut File) -> Result<(), CacheError>) -> Result<File, CacheError> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(at("create", path))?;
    write(&mut file)?;
    file.set_permissions(fs::Permissions::from_mode(mode(executable))).map_err(at("set the mode of", path))?;
    drop(file);
    File::open(path).map_err(at("open", path))
}
