//! What lies in a box, opened by its name: beneath the box, through no link, on no other mount, and without waiting.
//!
//! One openat2(2) (since 5.6) says all of that. Where a filter forbids it (systemd's `RestrictSUIDSGID=`, which `DynamicUser=` implies:
//! no filter sees the mode in its argument, so it answers ENOSYS) the path is walked, one name at a time.
use nix::NixPath;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{Mode, fstat};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Opens it for reading. No part of `path` is `..`.
pub fn open_beneath<P: NixPath + ?Sized>(root: BorrowedFd, path: &P, flags: OFlag) -> nix::Result<OwnedFd> {
    let resolve =
        ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_XDEV | ResolveFlag::RESOLVE_NO_MAGICLINKS;
    let flags = flags | OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    match openat2(root, path, OpenHow::new().flags(flags).resolve(resolve)) {
        Err(Errno::ENOSYS) => path.with_nix_path(|path| walk(root, path.to_bytes(), flags))?,
        other => other,
    }
}

/// Who lays links meanwhile gains nothing: none is followed. (A mount of the box's own file system could not be told from it, but
/// nobody is left who can mount.)
fn walk(root: BorrowedFd, path: &[u8], flags: OFlag) -> nix::Result<OwnedFd> {
    let device = fstat(root)?.st_dev;
    let mut names = path.split(|b| *b == b'/').peekable();
    let mut reached: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        if matches!(name, b"" | b"..") {
            return Err(Errno::EXDEV);
        }
        let flags = if names.peek().is_some() { OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC } else { flags };
        let next = openat(reached.as_ref().map_or(root, AsFd::as_fd), name, flags | OFlag::O_NOFOLLOW, Mode::empty())?;
        if fstat(&next)?.st_dev != device {
            return Err(Errno::EXDEV);
        }
        reached = Some(next);
    }
    reached.ok_or(Errno::ENOENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;

    #[test]
    fn a_walk_finds_what_openat2_finds_and_refuses_what_it_refuses() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("sub/deep")).unwrap();
        for path in [at("plain"), at("sub/inner"), at("sub/deep/est"), outside.path().join("secret")] {
            fs::write(path, "x").unwrap();
        }
        symlink("plain", at("link")).unwrap();
        symlink("sub", at("sub2")).unwrap();
        symlink(outside.path(), at("out")).unwrap();
        symlink("/proc/self/root", at("sub/magic")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::from_bits_truncate(0o644)).unwrap();
        let root = File::open(dir.path()).unwrap();
        let inode = |fd: nix::Result<OwnedFd>| fd.and_then(fstat).map(|stat| stat.st_ino);
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        for found in [".", "plain", "sub", "sub/inner", "sub/deep", "sub/deep/est", "fifo"] {
            let walked = inode(walk(root.as_fd(), found.as_bytes(), flags));
            assert_eq!(walked, inode(open_beneath(root.as_fd(), found, OFlag::empty())), "{found}");
            assert!(walked.is_ok(), "{found}: {walked:?}");
        }
        for refused in [
            "link",
            "sub2/inner",
            "out",
            "out/secret",
            "sub/magic",
            "sub/magic/etc",
            "missing",
            "plain/x",
            "fifo/x",
            "sub/../plain",
            "..",
            "/etc",
            "",
        ] {
            assert!(walk(root.as_fd(), refused.as_bytes(), flags).is_err(), "{refused}");
        }
        for refused in
            ["link", "sub2/inner", "out", "out/secret", "sub/magic", "sub/magic/etc", "missing", "plain/x", "fifo/x", "..", "/etc", ""]
        {
            assert!(open_beneath(root.as_fd(), refused, OFlag::empty()).is_err(), "{refused}");
        }
        // Another file system.
        let proc = File::open("/").unwrap();
        assert_eq!(walk(proc.as_fd(), b"proc/self/stat", flags).err(), Some(Errno::EXDEV));
    }
}
