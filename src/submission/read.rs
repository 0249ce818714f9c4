//! A submission's files, in memory.
use super::find::Found;
use super::is_litter;
use super::problem::Problem;
use crate::archive::{Caps, Format, unpack_in_memory};
use crate::model::BoxName;
use nix::fcntl::OFlag;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// Files by name.
pub type Files = BTreeMap<BoxName, Arc<[u8]>>;

const CAPS: Caps = Caps::SUBMISSION;
/// The most that an archive handed in may weigh.
const ARCHIVE_BYTES: u64 = 64 << 20;

/// Reads what was found. `is_source` says whether a file's name has the ending of a known language: only beside none of
/// those is an archive the submission itself. Blocks.
pub fn read(found: &Found, is_source: &dyn Fn(&str) -> bool) -> Result<Files, Problem> {
    let mut reader = Reader::default();
    for (name, path) in &found.places {
        // A lone folder's own name, and that of one among several of Moodle's, is no part of the program.
        let name = if fs::symlink_metadata(path).is_ok_and(|m| m.is_dir()) { "" } else { name };
        reader.take(name, path)?;
    }
    let files = without_common_folder(reader.files);
    let archives: Vec<&BoxName> = files.keys().filter(|n| Format::of(n.as_str()).is_some()).collect();
    let files = match archives[..] {
        [] => files,
        _ if files.keys().any(|n| is_source(n.as_str())) => {
            let sources = files.keys().filter(|n| is_source(n.as_str()));
            return Err(Problem::SeveralArchives(list(archives.iter().copied().chain(sources))));
        }
        [only] => unpacked(only, &files)?,
        _ => return Err(Problem::SeveralArchives(list(archives.into_iter()))),
    };
    match files.keys().next() {
        None => Err(Problem::Empty),
        Some(only) if files.len() == 1 && is_other_archive(only.as_str()) => Err(Problem::Unreadable(only.to_string())),
        Some(_) => Ok(files),
    }
}

fn is_other_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".rar", ".7z", ".tar.xz", ".tar.bz2", ".tbz2", ".txz", ".tar.zst", ".gz", ".xz", ".bz2"].iter().any(|e| name.ends_with(e))
}

#[derive(Default)]
struct Reader {
    files: Files,
    total: u64,
    entries: usize,
}

impl Reader {
    fn take(&mut self, name: &str, path: &Path) -> Result<(), Problem> {
        self.entries += 1;
        if self.entries > CAPS.entries {
            return Err(Problem::TooLarge { cap: CAPS.entries as u64, what: "files" });
        }
        let shown = if name.is_empty() { path.file_name().unwrap_or_default().to_string_lossy().into_owned() } else { name.to_owned() };
        let fault = |source| Problem::Read { name: shown.clone(), source };
        let facts = fs::symlink_metadata(path).map_err(fault)?;
        if facts.is_dir() {
            // Deeper than a name can be is found by the name.
            for entry in fs::read_dir(path).map_err(fault)? {
                let entry = entry.map_err(fault)?;
                let Ok(last) = entry.file_name().into_string() else {
                    return Err(Problem::NotUtf8(entry.file_name().to_string_lossy().into_owned()));
                };
                if !is_litter(&last) {
                    let below = if name.is_empty() { last } else { format!("{name}/{last}") };
                    BoxName::new(&below)?;
                    self.take(&below, &entry.path())?;
                }
            }
            return Ok(());
        }
        let what = if facts.is_symlink() { "a link" } else { "no plain file" };
        if !facts.is_file() {
            return Err(Problem::Special { name: shown, what });
        }
        // What is there now may be something else than was looked at.
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).map_err(fault)?;
        if !file.metadata().map_err(fault)?.is_file() {
            return Err(Problem::Special { name: shown, what: "no plain file" });
        }
        let cap = if Format::of(&shown).is_some() { ARCHIVE_BYTES } else { CAPS.file_bytes };
        let bytes = self.content(file, cap).map_err(fault)?;
        if bytes.len() as u64 > cap || self.total > CAPS.total_bytes.max(ARCHIVE_BYTES) {
            return Err(Problem::TooLarge { cap, what: "bytes" });
        }
        self.files.insert(BoxName::new(&shown)?, bytes.into());
        Ok(())
    }

    fn content(&mut self, file: File, cap: u64) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(cap + 1).read_to_end(&mut bytes)?;
        self.total += bytes.len() as u64;
        Ok(bytes)
    }
}

/// What is in a submission's one archive, in the place of it.
fn unpacked(archive: &BoxName, files: &Files) -> Result<Files, Problem> {
    let fault = |source| Problem::Archive { name: archive.to_string(), source };
    let (Some(format), Some(bytes)) = (Format::of(archive.as_str()), files.get(archive)) else { return Ok(Files::new()) };
    let file = spool(bytes).map_err(|source| Problem::Read { name: archive.to_string(), source })?;
    let mut out = Files::new();
    for (name, content) in unpack_in_memory(file, format, CAPS).map_err(fault)? {
        if !name.as_str().split('/').any(is_litter) {
            out.insert(BoxName::new(name.as_str())?, content.into());
        }
    }
    let out = without_common_folder(out);
    match out.keys().find(|n| Format::of(n.as_str()).is_some() || is_other_archive(n.as_str())) {
        Some(inner) => Err(Problem::Nested(format!("{archive}/{inner}"))),
        None => Ok(out),
    }
}

/// An unnamed file with these bytes: readers of archives want to seek.
fn spool(bytes: &[u8]) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, bytes)?;
    std::io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// `hw1/main.py`, `hw1/util.py` → `main.py`, `util.py`.
fn without_common_folder(mut files: Files) -> Files {
    while let Some(top) = files.keys().next().map(|n| format!("{}/", n.top())) {
        if !files.keys().all(|n| n.as_str().starts_with(&top)) {
            break;
        }
        let shorter = files.iter().map(|(n, b)| Some((BoxName::new(n.as_str().strip_prefix(&top)?).ok()?, b.clone())));
        match shorter.collect::<Option<Files>>() {
            Some(shorter) => files = shorter,
            None => break,
        }
    }
    files
}

pub(super) fn list<'a>(names: impl Iterator<Item = &'a BoxName>) -> String {
    let names: Vec<&str> = names.map(BoxName::as_str).collect();
    let head = names.iter().take(6).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 6 { format!("{head}, … ({} in all)", names.len()) } else { head }
}
