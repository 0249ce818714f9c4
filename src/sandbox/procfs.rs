//! Files that the kernel writes as they are read (proc(5), cgroups(7)).
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Room for nearly all of them.
const ROOM: usize = 8 * 1024;

/// Reads one.
pub(super) fn read(path: impl AsRef<Path>) -> io::Result<String> {
    read_open(File::open(path)?)
}

/// Reads one that is open: in one read(2), and one more that finds its end. They have no size by which std could make room: it would ask
/// for that, and where it stands, and begin with 32 bytes, which for a long one are half a dozen calls. (It asks nothing of a `Take`.)
pub(super) fn read_open(file: File) -> io::Result<String> {
    let mut text = String::with_capacity(ROOM);
    file.take(u64::MAX).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_however_long() {
        assert!(read("/proc/self/status").unwrap().contains("\nVmRSS:"));
        // Longer than the room: some twenty lines for each of this program's mappings.
        let mappings = read("/proc/self/smaps").unwrap();
        assert!(mappings.len() > 2 * ROOM && mappings.ends_with('\n'), "{}", mappings.len());
    }
}
