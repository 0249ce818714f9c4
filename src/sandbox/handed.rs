//! A box that is about to be handed back, made readable.
//!
//! Where slots have ids of their own, what a run left is another user's to the supervisor: a run that wrote its output under
//! umask 077 would have written none. The zygote is root over those ids, and everything that could write there is dead.
//! So all plain files and directories that have a name by the judge's rules get the bits for reading, by descriptor, and through no link.
use super::beneath::open_beneath;
use super::fault::{At, Fault, Step};
use nix::dir::{Dir, Type};
use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, SFlag, fchmod, fstat};
use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// As deep, and with names as long, as a file may lie that is taken out.
const MOST_DEPTH: usize = 16;
const MOST_NAME: usize = 1024;

/// The bits that everybody needs to read a file, and to find what lies in a directory.
const READ: Mode = Mode::from_bits_truncate(0o444);
const SEARCH: Mode = Mode::from_bits_truncate(0o555);

/// Makes what lies below `root` readable. There is no more than the file system has inodes.
pub(super) fn make_readable(root: BorrowedFd) -> Result<(), Fault> {
    let mut directories = vec![(CString::from(c"."), 0)];
    while let Some((path, depth)) = directories.pop() {
        let directory = open(root, &path, OFlag::O_DIRECTORY)?;
        allow(&directory, SFlag::S_IFDIR, SEARCH)?;
        for entry in Dir::from_fd(directory).at(Step::HandBack)?.iter() {
            let entry = entry.at(Step::HandBack)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") || depth == MOST_DEPTH || path.count_bytes() + name.len() >= MOST_NAME {
                continue;
            }
            let below = [path.to_bytes(), b"/", name].concat();
            let Ok(below) = CString::new(below) else { continue };
            match entry.file_type() {
                Some(Type::Directory) => directories.push((below, depth + 1)),
                Some(Type::File) => allow(&open(root, &below, OFlag::empty())?, SFlag::S_IFREG, READ)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn open(root: BorrowedFd, path: &CString, flags: OFlag) -> Result<OwnedFd, Fault> {
    open_beneath(root, path.as_c_str(), flags).at_with(Step::HandBack, || path.to_string_lossy().into_owned())
}

fn allow(file: &OwnedFd, kind: SFlag, bits: Mode) -> Result<(), Fault> {
    let stat = fstat(file.as_fd()).at(Step::HandBack)?;
    let mode = Mode::from_bits_truncate(stat.st_mode);
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT != kind || mode.contains(bits) {
        return Ok(());
    }
    // No set-id bits: they mean nothing here, and less where it goes.
    fchmod(file, (mode | bits) & Mode::from_bits_truncate(0o777)).at(Step::HandBack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn plain_files_and_directories_become_readable_and_nothing_outside() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let at = |name: &str| dir.path().join(name);
        // Not 0: where the tests don't run as root, they can't open that.
        for (name, mode) in [("a", 0o600), ("b", 0o4711), ("deep/c", 0o400), ("open", 0o644)] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "x").unwrap();
            set(&at(name), mode);
        }
        set(&at("deep"), 0o700);
        set(outside.path(), 0o600);
        symlink(outside.path(), at("link")).unwrap();
        symlink("/", at("root")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::from_bits_truncate(0o600)).unwrap();
        make_readable(File::open(dir.path()).unwrap().as_fd()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        for (name, want) in [("a", 0o644), ("b", 0o755), ("deep/c", 0o444), ("deep", 0o755), ("open", 0o644), ("fifo", 0o600)] {
            assert_eq!(mode(&at(name)), want, "{name}");
        }
        assert_eq!(mode(outside.path()), 0o600);
    }
}
