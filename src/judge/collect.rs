//! Takes files out of a box whose run is dead.
//!
//! Whatever lies there was made by the run: names are resolved beneath the box, through no symbolic link and no other
//! mount (`open_beneath`); only plain files with one name are opened, and without waiting.
//!
//! Invariant: a file that we can't open for a reason of our own is an error, never one that isn't there.
use crate::model::BoxName;
use crate::sandbox::open_beneath;
use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{SFlag, fstat};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

/// Most entries that are looked at in one box. A compiler's products are far fewer.
const MOST_ENTRIES: usize = 20_000;

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub file: File,
    pub executable: bool,
}

/// What stands under a name.
#[derive(Debug)]
pub(super) enum Lookup {
    Missing,
    /// Something, but no plain file, or none that can be read.
    Odd,
    Plain(Found),
}

/// Opens a plain file. `None`: it isn't there, or isn't one.
pub(super) fn open(files: &OwnedFd, name: &BoxName) -> io::Result<Option<Found>> {
    Ok(if let Lookup::Plain(found) = look(files, name)? { Some(found) } else { None })
}

/// Opens a plain file, and tells one that isn't there from one that isn't plain.
pub(super) fn look(files: &OwnedFd, name: &BoxName) -> io::Result<Lookup> {
    let fd = match open_beneath(files.as_fd(), name.as_str(), OFlag::empty()) {
        Ok(fd) => fd,
        Err(Errno::ENOENT) => return Ok(Lookup::Missing),
        Err(e) => return of_the_run(e).map(|()| Lookup::Odd),
    };
    let stat = fstat(&fd)?;
    let plain = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG && stat.st_nlink == 1;
    Ok(if plain { Lookup::Plain(Found { file: File::from(fd), executable: stat.st_mode & 0o111 != 0 }) } else { Lookup::Odd })
}

/// Whether what stands in the box makes opening fail so: links, mounts, sockets, directories, modes. All else is ours.
fn of_the_run(e: Errno) -> io::Result<()> {
    match e {
        Errno::ELOOP
        | Errno::EXDEV
        | Errno::ENOTDIR
        | Errno::EACCES
        | Errno::EPERM
        | Errno::ENXIO
        | Errno::ENODEV
        | Errno::ENAMETOOLONG => Ok(()),
        e => Err(e.into()),
    }
}

/// Names of everything that isn't a directory, down to the depth that names can have. `None`: so many that nobody looks.
pub(super) fn list(files: &OwnedFd) -> io::Result<Option<Vec<BoxName>>> {
    list_from(files, None)
}

/// The same, in one directory and those in it.
pub(super) fn list_below(files: &OwnedFd, directory: &str) -> io::Result<Option<Vec<BoxName>>> {
    list_from(files, Some(BoxName::new(directory).map_err(io::Error::other)?))
}

fn list_from(files: &OwnedFd, directory: Option<BoxName>) -> io::Result<Option<Vec<BoxName>>> {
    let mut found = Vec::new();
    let mut seen = 0_usize;
    let mut directories = vec![directory];
    while let Some(directory) = directories.pop() {
        let path = directory.as_ref().map_or(".", BoxName::as_str);
        let fd = match open_beneath(files.as_fd(), path, OFlag::O_DIRECTORY) {
            Ok(fd) => fd,
            // A directory that isn't there, or can't be read, holds nothing of use.
            Err(Errno::ENOENT) => continue,
            Err(e) => {
                of_the_run(e)?;
                continue;
            }
        };
        for entry in Dir::from_fd(fd)?.iter() {
            let entry = entry?;
            let Ok(base) = entry.file_name().to_str() else { continue };
            if matches!(base, "." | "..") {
                continue;
            }
            seen += 1;
            if seen > MOST_ENTRIES {
                return Ok(None);
            }
            let name = directory.as_ref().map_or_else(|| base.to_owned(), |d| format!("{d}/{base}"));
            // What has no name by our rules (too long, too deep, control characters) is not collected.
            let Ok(name) = BoxName::new(&name) else { continue };
            if entry.file_type() == Some(Type::Directory) { directories.push(Some(name)) } else { found.push(name) }
        }
    }
    found.sort();
    Ok(Some(found))
}

/// The head of a file.
pub(super) fn head(found: Found, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    found.file.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_plain_files_of_the_box_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let secret = tempfile::NamedTempFile::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("plain"), "x").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        std::fs::write(at("sub/inner"), "y").unwrap();
        symlink(secret.path(), at("link")).unwrap();
        symlink("plain", at("near")).unwrap();
        symlink("..", at("up")).unwrap();
        symlink("sub", at("sub2")).unwrap();
        std::fs::write(at("hard"), "z").unwrap();
        std::fs::hard_link(at("hard"), at("hard2")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::from_bits_truncate(0o644)).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let fd = OwnedFd::from(File::open(dir.path()).unwrap());
        let name = |n: &str| BoxName::new(n).unwrap();
        assert!(open(&fd, &name("plain")).unwrap().is_some());
        assert!(open(&fd, &name("sub/inner")).unwrap().is_some());
        for bad in ["link", "near", "up", "up/etc", "sub", "sub2/inner", "hard", "hard2", "fifo", "socket", "missing"] {
            assert!(open(&fd, &name(bad)).unwrap().is_none(), "{bad}");
            let missing = matches!(look(&fd, &name(bad)).unwrap(), Lookup::Missing);
            assert_eq!(missing, bad == "missing", "{bad}");
        }
        assert_eq!(list_below(&fd, "sub").unwrap().unwrap(), [name("sub/inner")]);
        assert!(list_below(&fd, "sub2").unwrap().unwrap().is_empty());
        let listed = list(&fd).unwrap().unwrap();
        assert!(listed.contains(&name("sub/inner")) && listed.contains(&name("plain")));
        assert!(!listed.iter().any(|n| n.as_str().starts_with("sub2/")));
    }

    /// In a process of its own: the limit is one of the whole process.
    #[test]
    fn a_file_that_we_cannot_open_is_no_missing_file() {
        const ALONE: &str = "ASSIZE_TEST_FEW_DESCRIPTORS";
        if std::env::var_os(ALONE).is_none() {
            let name = "judge::collect::tests::a_file_that_we_cannot_open_is_no_missing_file";
            let mut again = std::process::Command::new(std::env::current_exe().unwrap());
            let ended = again.args(["--exact", name]).env(ALONE, "1").output().unwrap();
            let said = String::from_utf8_lossy(&ended.stdout).into_owned();
            assert!(ended.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("plain"), "x").unwrap();
        let fd = OwnedFd::from(File::open(dir.path()).unwrap());
        let name = BoxName::new("plain").unwrap();
        let (_, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap();
        rlimit::setrlimit(rlimit::Resource::NOFILE, 0, hard).unwrap();
        let found = (open(&fd, &name), look(&fd, &name), list(&fd), list_below(&fd, "sub"));
        rlimit::setrlimit(rlimit::Resource::NOFILE, hard, hard).unwrap();
        for e in [found.0.err(), found.1.err(), found.2.err(), found.3.err()] {
            assert_eq!(e.and_then(|e| e.raw_os_error()), Some(Errno::EMFILE as i32));
        }
        assert!(open(&fd, &name).unwrap().is_some(), "the control: it is there");
    }
}
