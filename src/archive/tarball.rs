//! tar, and what is inside a tar.gz.
use super::caps::Budget;
use super::error::ArchiveError;
use super::name::EntryName;
use super::unpack::{Entry, Sink, Stop, give};
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use tar::{Archive, EntryType};

pub(super) fn walk(stream: impl Read, format: &'static str, budget: &mut Budget, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let over = Rc::new(Cell::new(false));
    // The tar reader keeps long names and pax headers in memory, so the stream itself has an end too.
    let stream = Bounded { inner: stream, left: budget.stream(), over: over.clone() };
    let broken = |e: io::Error, budget: &Budget| {
        if over.get() { budget.too_large() } else { ArchiveError::Broken { format, reason: e.to_string() } }
    };
    let mut archive = Archive::new(stream);
    let entries = archive.entries().map_err(|e| broken(e, budget))?;
    for entry in entries {
        let mut entry = entry.map_err(|e| broken(e, budget))?;
        budget.count()?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let shown = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let text = str::from_utf8(&entry.path_bytes()).map(ToOwned::to_owned);
        let Ok(text) = text else {
            return Err(ArchiveError::Broken { format, reason: format!("the name {shown:?} is not UTF-8") });
        };
        let name = EntryName::new(&text).map_err(|reason| ArchiveError::Name { name: shown.clone(), reason })?;
        match (kind, name) {
            (EntryType::Directory, None) => {}
            (EntryType::Directory, Some(name)) => {
                budget.name(&name, false)?;
                sink(Entry::Folder(&name)).map_err(|stop| match stop {
                    Stop::Own(error) => error,
                    Stop::Read(e) => broken(e, budget),
                })?;
            }
            (EntryType::Regular | EntryType::Continuous, Some(name)) => {
                let executable = entry.header().mode().is_ok_and(|m| m & 0o100 != 0);
                give(budget, &name, executable, &mut entry, format, sink).map_err(|e| match e {
                    ArchiveError::Broken { .. } if over.get() => budget.too_large(),
                    e => e,
                })?;
            }
            (other, _) => return Err(ArchiveError::Special { name: shown, what: word(other) }),
        }
    }
    Ok(())
}

const fn word(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a named pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "something special",
    }
}

/// A stream that fails past its end.
struct Bounded<R> {
    inner: R,
    left: u64,
    over: Rc<Cell<bool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => self.left = left,
            None => {
                self.over.set(true);
                return Err(io::Error::other("the archive is too large"));
            }
        }
        Ok(n)
    }
}
