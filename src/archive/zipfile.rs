//! zip.
use super::caps::Budget;
use super::error::ArchiveError;
use super::name::EntryName;
use super::unpack::{Entry, Sink, Stop, give};
use std::fs::File;
use std::io::BufReader;
use zip::ZipArchive;
use zip::result::ZipError;

const FORMAT: &str = "zip";
/// S_IFMT, S_IFREG and S_IFDIR of inode(7): where a zip was made on Unix, the kind of a file is in its mode.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;

pub(super) fn walk(archive: File, budget: &mut Budget, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(BufReader::new(archive)).map_err(|e| broken(&e))?;
    if archive.has_duplicate_names() {
        return Err(ArchiveError::Broken { format: FORMAT, reason: "a name is there twice".to_owned() });
    }
    for index in 0..archive.len() {
        budget.count()?;
        // Asked without opening the content, which fails for what is encrypted.
        let raw = archive.by_index_raw(index).map_err(|e| broken(&e))?;
        let (encrypted, folder, mode) = (raw.encrypted(), raw.is_dir(), raw.unix_mode());
        let mut text = raw.name().map_err(|e| broken(&e))?.into_owned();
        drop(raw);
        // Old tools of Windows write their own separator.
        if !text.contains('/') {
            text = text.replace('\\', "/");
        }
        let name = EntryName::new(&text).map_err(|reason| ArchiveError::Name { name: text.clone(), reason })?;
        match mode.map_or(0, |m| m & KIND) {
            0 | REGULAR | DIRECTORY => {}
            SYMLINK => return Err(ArchiveError::Special { name: text, what: "a symbolic link" }),
            _ => return Err(ArchiveError::Special { name: text, what: "a device or a named pipe" }),
        }
        if encrypted {
            return Err(ArchiveError::Encrypted { name: text });
        }
        let Some(name) = name else { continue };
        if folder || text.ends_with('/') {
            budget.name(&name, false)?;
            sink(Entry::Folder(&name)).map_err(|stop| match stop {
                Stop::Own(error) => error,
                Stop::Read(e) => ArchiveError::Broken { format: FORMAT, reason: e.to_string() },
            })?;
            continue;
        }
        let mut content = archive.by_index(index).map_err(|e| broken(&e))?;
        give(budget, &name, mode.is_some_and(|m| m & 0o100 != 0), &mut content, FORMAT, sink)?;
    }
    Ok(())
}

fn broken(error: &ZipError) -> ArchiveError {
    let reason = match error {
        // Its directory stands at the end: "EOCD" is nobody's word who only handed it in.
        ZipError::InvalidArchive(said) if said.contains("EOCD") => "its end is missing; it was cut off, or is none".to_owned(),
        error => error.to_string(),
    };
    ArchiveError::Broken { format: FORMAT, reason }
}
