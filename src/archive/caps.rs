//! How much an archive may hold, and the count of what it did.
use super::error::ArchiveError;
use super::name::EntryName;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Limits of what an archive may unpack to.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Bytes of all files for each byte of the archive. The first MiB is free, so that a small file of zeros is no bomb.
    pub ratio: u64,
}

const FREE: u64 = 1 << 20;

impl Caps {
    /// What a person hands in.
    pub const SUBMISSION: Self = Self { entries: 2_000, file_bytes: 4 << 20, total_bytes: 16 << 20, ratio: 200 };
    /// A problem package with its tests, or what a whole class handed in.
    pub const PACKAGE: Self = Self { entries: 200_000, file_bytes: 2 << 30, total_bytes: 16 << 30, ratio: 1_000 };
}

/// What was seen so far.
pub(super) struct Budget {
    caps: Caps,
    /// Bytes allowed by `total_bytes` and `ratio`, whichever is less, and the error past it.
    total: u64,
    used: u64,
    entries: usize,
    /// Names so far; true: a file.
    names: BTreeMap<String, bool>,
}

impl Budget {
    pub fn new(caps: Caps, packed: u64) -> Self {
        let total = caps.total_bytes.min(packed.saturating_mul(caps.ratio).max(FREE));
        Self { caps, total, used: 0, entries: 0, names: BTreeMap::new() }
    }

    /// How many bytes may be read out of a compressed stream as a whole: the files, and a header of a tar for each.
    pub fn stream(&self) -> u64 {
        self.total.saturating_add((self.caps.entries as u64).saturating_mul(2048))
    }

    /// One more entry, whatever it is.
    pub fn count(&mut self) -> Result<(), ArchiveError> {
        self.entries += 1;
        if self.entries > self.caps.entries { Err(ArchiveError::TooMany(self.caps.entries)) } else { Ok(()) }
    }

    /// A file or a folder gets its name; a file only one that nothing has.
    pub fn name(&mut self, name: &EntryName, file: bool) -> Result<(), ArchiveError> {
        for parent in name.parents() {
            if *self.names.entry(parent.to_owned()).or_insert(false) {
                return Err(ArchiveError::Twice { name: parent.to_owned() });
            }
        }
        match self.names.insert(name.as_str().to_owned(), file) {
            Some(was_file) if file || was_file => Err(ArchiveError::Twice { name: name.as_str().to_owned() }),
            _ => Ok(()),
        }
    }

    pub fn too_large(&self) -> ArchiveError {
        if self.total < self.caps.total_bytes {
            ArchiveError::Ratio(self.caps.ratio)
        } else {
            ArchiveError::TooLarge(self.caps.total_bytes)
        }
    }

    /// A file's content, which fails where it has more bytes than are left.
    pub fn meter<'a>(&'a mut self, name: &'a EntryName, inner: &'a mut dyn Read) -> Meter<'a> {
        Meter { budget: self, name, inner, file: 0, over: None }
    }
}

/// Reads a file and counts.
pub(super) struct Meter<'a> {
    budget: &'a mut Budget,
    name: &'a EntryName,
    inner: &'a mut dyn Read,
    file: u64,
    over: Option<ArchiveError>,
}

impl Meter<'_> {
    /// What went wrong where a read failed: a cap, or else what `broken` makes of the reader's error.
    pub fn fault(self) -> Option<ArchiveError> {
        self.over
    }
}

impl Read for Meter<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.file += n as u64;
        self.budget.used += n as u64;
        if self.file > self.budget.caps.file_bytes {
            self.over = Some(ArchiveError::FileTooLarge { name: self.name.as_str().to_owned(), cap: self.budget.caps.file_bytes });
        } else if self.budget.used > self.budget.total {
            self.over = Some(self.budget.too_large());
        }
        if self.over.is_some() { Err(io::Error::other("over a cap")) } else { Ok(n) }
    }
}
