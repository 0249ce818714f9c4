//! The file systems that hold a run's files: the program at /app, and /box with /tmp, each a tmpfs of its own.
//!
//! They are filled by descriptor while nothing untrusted runs. A run's box and /tmp are two directories of one file system, so
//! that one cap holds for both together.
use super::fault::{At, Fault, Step};
use super::sys;
use super::userns::RUN_ID;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, symlinkat, unlinkat};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

const NOSUID_NODEV: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
/// Room beyond the limit on files, so that going over it can be told from filling it to the last byte.
const SLACK: u64 = 64 * 1024;
/// Inodes cost kernel memory that `size=` does not count: about a kilobyte each.
const INODES: &CStr = c"16384";

/// `root`: owner and mode of its root directory, as options; where nobody sees that, the defaults do.
fn tmpfs(bytes: u64, root: &[(&CStr, &CStr)], step: Step) -> Result<OwnedFd, Fault> {
    let fs = sys::fsopen(c"tmpfs").at(step)?;
    sys::fsconfig_set(fs.as_fd(), c"size", &number(bytes)).at(step)?;
    sys::fsconfig_set(fs.as_fd(), c"nr_inodes", INODES).at(step)?;
    for (key, value) in root {
        sys::fsconfig_set(fs.as_fd(), key, value).at(step)?;
    }
    sys::fsconfig_create(fs.as_fd()).at(step)?;
    sys::fsmount(fs.as_fd(), NOSUID_NODEV).at(step)
}

fn number(n: u64) -> CString {
    CString::new(n.to_string()).unwrap_or_default()
}

/// Where files are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    App,
    Box,
}

impl Place {
    const fn step(self) -> Step {
        match self {
            Self::App => Step::AppFile,
            Self::Box => Step::BoxFile,
        }
    }
}

/// The program: sources and what was compiled, read-only once sealed.
#[derive(Debug)]
pub(super) struct App {
    mount: OwnedFd,
}

impl App {
    pub(super) fn open(bytes: u64) -> Result<Self, Fault> {
        let owner = number(RUN_ID.into());
        let root = [(c"mode", c"0755"), (c"uid", &*owner), (c"gid", &*owner)];
        Ok(Self { mount: tmpfs(bytes.saturating_add(SLACK), &root, Step::AppFs)? })
    }

    pub(super) fn put(&self, name: &str, executable: bool, content: OwnedFd) -> Result<(), Fault> {
        put(Place::App, self.mount.as_fd(), name, executable, content)
    }

    /// Shows the program at /app, where that of before, if any, is taken away first.
    pub(super) fn seal(&self, replaces: bool) -> Result<(), Fault> {
        if replaces {
            sys::detach(c"/app").at(Step::AppFs)?;
        }
        sys::mount_set(self.mount.as_fd(), libc::MOUNT_ATTR_RDONLY, false).at(Step::AppFs)?;
        sys::move_mount(self.mount.as_fd(), libc::AT_FDCWD, c"/app").at(Step::AppFs)
    }
}

/// A run's own files.
#[derive(Debug)]
pub(super) struct BoxFs {
    /// The mount at /box.
    pub(super) box_mount: OwnedFd,
    /// The mount at /tmp.
    pub(super) tmp_mount: OwnedFd,
    /// What the limit was when it was made.
    pub(super) bytes: u64,
}

impl BoxFs {
    /// Makes it, and mounts it at /box and /tmp of the mount namespace we are in.
    pub(super) fn mount(bytes: u64, separate_ids: bool) -> Result<Self, Fault> {
        let options = CString::new(format!("size={},nr_inodes={},mode=755", bytes.saturating_add(SLACK), INODES.to_string_lossy()));
        // All that hangs in this namespace yet is our own, and nobody but us is in it: a path leads where it should. One call, where
        // those that make a mount by descriptor are seven.
        sys::mount_tmpfs(c"/box", libc::MS_NOSUID | libc::MS_NODEV, &options.unwrap_or_default()).at(Step::BoxFs)?;
        for name in [c"/box/box", c"/box/tmp"] {
            mkdirat(nix::fcntl::AT_FDCWD, name, Mode::from_bits_truncate(0o755)).at(Step::BoxFs)?;
            if separate_ids {
                own(nix::fcntl::AT_FDCWD, name, Step::BoxFs)?;
            }
        }
        // The whole is covered by its own part, out of everybody's reach: with the namespace it is gone, and costs no wait of its own
        // for the kernel's readers.
        sys::mount_bind(c"/box/tmp", c"/tmp").at(Step::MountTmp)?;
        sys::mount_bind(c"/box/box", c"/box").at(Step::MountBox)?;
        let handle = |path: &CStr| nix::fcntl::open(path, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty());
        let (box_mount, tmp_mount) = (handle(c"/box").at(Step::MountBox)?, handle(c"/tmp").at(Step::MountTmp)?);
        Ok(Self { box_mount, tmp_mount, bytes })
    }

    pub(super) fn put(&self, name: &str, executable: bool, content: OwnedFd) -> Result<(), Fault> {
        put(Place::Box, self.box_mount.as_fd(), name, executable, content)
    }

    /// An empty directory, unless a file of the run's has made it already.
    pub(super) fn directory(&self, name: &str) -> Result<(), Fault> {
        make_directories(Place::Box, self.box_mount.as_fd(), Path::new(name), name)
    }

    /// A symbolic link to a file or directory of the program's, unless a file of the test stands there.
    pub(super) fn link(&self, name: &str) -> Result<(), Fault> {
        match symlinkat(format!("/app/{name}").as_str(), self.box_mount.as_fd(), name) {
            Ok(()) | Err(Errno::EEXIST) => Ok(()),
            Err(e) => Err(e).at_with(Step::BoxFile, || name.to_owned()),
        }
    }

    /// Bytes in use, in whole pages (statfs(2)).
    pub(super) fn used(&self) -> u64 {
        nix::sys::statfs::fstatfs(&self.box_mount)
            .map_or(0, |s| (s.blocks().saturating_sub(s.blocks_free())).saturating_mul(u64::try_from(s.block_size()).unwrap_or(4096)))
    }
}

fn own(dir: impl AsFd, name: &CStr, step: Step) -> Result<(), Fault> {
    let (uid, gid) = (Some(RUN_ID.into()), Some(RUN_ID.into()));
    nix::unistd::fchownat(dir, name, uid, gid, nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW).at(step)
}

/// Makes `path` below `dir`, for the file or directory `name`.
fn make_directories(place: Place, dir: BorrowedFd, path: &Path, name: &str) -> Result<(), Fault> {
    let step = place.step();
    if !Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_))) {
        return Err(Fault { step, errno: libc::EINVAL, detail: Some(name.to_owned()) });
    }
    for part in path.ancestors().filter(|p| !p.as_os_str().is_empty()).collect::<Vec<_>>().into_iter().rev() {
        match mkdirat(dir, part, Mode::from_bits_truncate(0o755)) {
            Ok(()) if place == Place::Box => {
                let part = CString::new(part.as_os_str().as_encoded_bytes()).unwrap_or_default();
                own(dir, &part, step)?;
            }
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(e) => return Err(e).at_with(step, || name.to_owned()),
        }
    }
    Ok(())
}

/// Copies `content` to `name` below `dir`. Nothing untrusted has run there yet, and names come checked; that
/// nothing is followed or overwritten is what holds if either should fail one day.
fn put(place: Place, dir: BorrowedFd, name: &str, executable: bool, content: OwnedFd) -> Result<(), Fault> {
    let step = place.step();
    let path = Path::new(name);
    make_directories(place, dir, path.parent().unwrap_or(Path::new("")), name)?;
    // "overwriting" (contract §2): a test's file takes the place of an earlier one of that name.
    match unlinkat(dir, path, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(e) => return Err(e).at_with(step, || name.to_owned()),
    }
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mode = if executable { 0o755 } else { 0o644 };
    let target = openat(dir, path, flags, Mode::from_bits_truncate(mode)).at_with(step, || name.to_owned())?;
    if place == Place::Box {
        nix::unistd::fchown(target.as_fd(), Some(RUN_ID.into()), Some(RUN_ID.into())).at_with(step, || name.to_owned())?;
    }
    // The mode given to openat passes through the umask; this one does not.
    nix::sys::stat::fchmod(target.as_fd(), Mode::from_bits_truncate(mode)).at_with(step, || name.to_owned())?;
    copy(&File::from(content), &mut File::from(target)).at_with(step, || name.to_owned())
}

/// By explicit offsets: other slots may be reading the same open file.
fn copy(from: &File, to: &mut File) -> std::io::Result<()> {
    let mut buffer = vec![0; 128 * 1024];
    let mut at = 0;
    loop {
        let n = match from.read_at(&mut buffer, at) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        to.write_all(&buffer[..n])?;
        at += n as u64;
    }
}

/// The directory a collector may look into once everything that could write there is dead: a handle on the
/// box that leads nowhere else.
pub(super) fn handle(fs: &BoxFs) -> nix::Result<OwnedFd> {
    openat(fs.box_mount.as_fd(), c".", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

/// As a raw number, for the child's plan.
pub(super) fn raw(fd: &OwnedFd) -> i32 {
    fd.as_raw_fd()
}
