//! Opens the caller's files for runs, from behind a read-only copy of the mount tree.
//!
//! A descriptor is a way out of the mount namespace: whoever gets a host file as stdin can reopen it through
//! /proc/self/fd for writing, or fchmod it, if the outside uid may. A descriptor that was opened through a
//! read-only mount can't be used for either (EROFS). So one process of its own, in a mount namespace of its own
//! in which everything is read-only, does nothing but open files and hand them over.
//!
//! It reads the first block of each, too: a file system that lets files be opened and then hangs is found out here, where nothing
//! else waits for it, and a small file is in the kernel's cache by then.
use super::fault::{At, Fault, Step};
use super::{sys, wire};
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use nix::sys::socket::MsgFlags;
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::{Gid, Uid};
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// How much of each file is read here.
pub const FIRST_BLOCK: usize = 128 << 10;

/// argv[0] of an opener.
pub const OPENER: &str = "assize-opener";

/// To the opener.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToOpener {
    /// First: where files may lie. None: anywhere.
    Root(Option<PathBuf>),
    /// Open this file.
    Open(PathBuf),
}

/// From the opener.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromOpener {
    /// It stands.
    Ready,
    /// Descriptor: the file, open for reading.
    Opened {
        /// Bytes in it.
        size: u64,
    },
    /// It can't be had, and what to do.
    Refused(String),
    /// The opener itself could not be set up.
    Failed(Fault),
}

/// Serves until the supervisor is gone.
pub(super) fn serve(socket: &OwnedFd) -> i32 {
    let mut buffer = Vec::new();
    let root = match start(socket, &mut buffer) {
        Ok(root) => root,
        Err(fault) => {
            let _ = wire::send(socket.as_fd(), &FromOpener::Failed(fault), &[]);
            return 1;
        }
    };
    let mut block = vec![0; FIRST_BLOCK];
    while let Ok(Some((ToOpener::Open(path), _))) = wire::receive(socket.as_fd(), &mut buffer, MsgFlags::empty()) {
        let sent = match open_file(root.as_ref(), &path, &mut block) {
            Ok((file, size)) => wire::send_in_turn(socket.as_fd(), &FromOpener::Opened { size }, &[file.as_raw_fd()]),
            Err(message) => wire::send(socket.as_fd(), &FromOpener::Refused(message), &[]),
        };
        if sent.is_err() {
            return 1;
        }
    }
    0
}

type Root = Option<(OwnedFd, PathBuf)>;

fn start(socket: &OwnedFd, buffer: &mut Vec<u8>) -> Result<Root, Fault> {
    let Some((ToOpener::Root(root), _)) = wire::receive(socket.as_fd(), buffer, MsgFlags::empty()).at(Step::Wire)? else {
        return Err(Fault { step: Step::Wire, errno: 0, detail: Some("an opener is told its root first".into()) });
    };
    read_only_world()?;
    let root = root
        .map(|dir| {
            let fd = open(&dir, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
                .at_with(Step::Opener, || dir.display().to_string())?;
            Ok((fd, dir))
        })
        .transpose()?;
    wire::send(socket.as_fd(), &FromOpener::Ready, &[]).at(Step::Wire)?;
    Ok(root)
}

/// From here on no descriptor this process opens can write to anything.
fn read_only_world() -> Result<(), Fault> {
    let (uid, gid) = (Uid::current(), Gid::current());
    let current = std::env::current_dir().at(Step::Opener)?;
    match nix::sched::unshare(CloneFlags::CLONE_NEWNS) {
        // We are not root, or a container's root, who may not do that either (no CAP_SYS_ADMIN).
        Err(Errno::EPERM) => {
            nix::sched::unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS).at(Step::Opener)?;
            for (file, text) in
                [("setgroups", "deny".to_owned()), ("uid_map", format!("{uid} {uid} 1")), ("gid_map", format!("{gid} {gid} 1"))]
            {
                std::fs::write(format!("/proc/self/{file}"), text).at_with(Step::WriteIdMap, || file.to_owned())?;
            }
        }
        other => other.at(Step::Opener)?,
    }
    nix::mount::mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).at(Step::PrivateMounts)?;
    let root = open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()).at(Step::Opener)?;
    sys::mount_set(root.as_fd(), libc::MOUNT_ATTR_RDONLY, true).at(Step::BindReadOnly)?;
    // Our working directory is still on the old mounts: look it up again on the new ones.
    std::env::set_current_dir(current).at(Step::Opener)
}

fn open_file(root: Option<&(OwnedFd, PathBuf)>, path: &Path, block: &mut [u8]) -> Result<(OwnedFd, u64), String> {
    // Non-blocking: opening a FIFO must not wait for its writer.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    let file = match root {
        None => open(path, flags, Mode::empty()).map_err(|e| e.desc().to_owned()),
        Some((dir, name)) => {
            let inside = if path.is_absolute() { path.strip_prefix(name).map_err(|_| outside(name))? } else { path };
            let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
            openat2(dir, inside, how).map_err(|e| match e {
                Errno::EXDEV => outside(name),
                // In a systemd service with a dynamic user.
                Errno::ENOSYS => "--files-root wants openat2(2), which a filter (RestrictSUIDSGID=, DynamicUser=) forbids here".to_owned(),
                e => e.desc().to_owned(),
            })
        }
    }?;
    let stat = fstat(&file).map_err(|e| e.desc().to_owned())?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT != SFlag::S_IFREG {
        return Err("it is not a regular file".into());
    }
    nix::sys::uio::pread(&file, block, 0).map_err(|e| format!("it can't be read: {}", e.desc()))?;
    nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETFL(OFlag::empty())).map_err(|e| e.desc().to_owned())?;
    Ok((file, u64::try_from(stat.st_size).unwrap_or(0)))
}

fn outside(root: &Path) -> String {
    format!("it lies outside --files-root {}", root.display())
}
