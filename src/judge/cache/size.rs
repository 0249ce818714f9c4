//! What the entries are believed to take, noted in `index.lock`: a process that would have to look at all of them before its first
//! compilation is told to the others would be the slower the more there are.
//!
//! Others may add and remove some meanwhile, and who is killed in between has not noted what he did: so all are counted anew from time to time.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Needs the index lock, which is `index`, for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    /// Bytes of all entries.
    pub total: u64,
    /// Those of them that came since all were counted.
    pub added: u64,
}

impl Size {
    /// As it is noted; nothing: nobody has counted yet, or what stands there is no such note.
    pub fn noted(index: &File) -> io::Result<Option<Self>> {
        let mut text = [0; 64];
        let n = index.read_at(&mut text, 0)?;
        let parse = |text: &[u8]| {
            let (total, added) = std::str::from_utf8(text).ok()?.strip_suffix('\n')?.split_once(' ')?;
            Some(Self { total: total.parse().ok()?, added: added.parse().ok()? })
        };
        Ok(parse(&text[..n]))
    }

    /// Of one width, so that it covers what was noted before.
    pub fn note(self, index: &File) -> io::Result<()> {
        index.write_all_at(format!("{:020} {:020}\n", self.total, self.added).as_bytes(), 0)
    }

    pub const fn plus(self, bytes: u64) -> Self {
        Self { total: self.total.saturating_add(bytes), added: self.added.saturating_add(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn what_is_noted_is_read_and_what_else_stands_there_is_not() {
        let mut file = tempfile::tempfile().unwrap();
        assert_eq!(Size::noted(&file).unwrap(), None);
        let all = Size { total: u64::MAX, added: u64::MAX };
        for size in [Size { total: 1, added: 0 }, all, all.plus(1), Size::default().plus(7)] {
            size.note(&file).unwrap();
            assert_eq!(Size::noted(&file).unwrap(), Some(size));
        }
        assert_eq!(all.plus(1), all);
        // Behind it, in it, or longer than anybody's.
        file.write_all(b"-1 0\n").unwrap();
        assert_eq!(Size::noted(&file).unwrap(), None);
        Size::default().note(&file).unwrap();
        file.write_all_at(b"1 2\n", 42).unwrap();
        assert_eq!(Size::noted(&file).unwrap(), None);
    }
}
