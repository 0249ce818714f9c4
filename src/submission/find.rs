//! Who handed in, and where it lies.
use super::is_litter;
use super::moodle::MoodleName;
use crate::archive::{ArchiveError, Caps, Format, temporary_directory, unpack, unpack_into};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A submission, found but not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What tells it from the others: unique, and the same the next time.
    pub key: String,
    /// Whose it is, for people.
    pub name: String,
    /// Where it lies: a file or a folder; several where Moodle spread it. Each with its name in the submission.
    pub places: Vec<(String, PathBuf)>,
}

/// Everyone's.
#[derive(Debug)]
pub struct Class {
    /// By name.
    pub found: Vec<Found>,
    /// Where a whole class came in one archive.
    _unpacked: Option<TempDir>,
}

/// Why nobody was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The file system.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A class's archive.
    #[error("{}: {source}", path.display())]
    Archive {
        /// Which.
        path: PathBuf,
        /// Why it is refused.
        source: ArchiveError,
    },
    /// An empty folder.
    #[error("{}: there is no submission in it", .0.display())]
    Nobody(PathBuf),
    /// The same argument twice.
    #[error("the submission {0} is given twice")]
    Twice(String),
}

/// One folder is a class, each entry of it a student's file, folder or archive (`each`: it is one student's own). So is one
/// archive as Moodle makes it. Otherwise each path is a student's.
pub fn find(paths: &[PathBuf], each: bool) -> Result<Class, FindError> {
    if let ([only], false) = (paths, each) {
        let facts = fs::metadata(only).map_err(|source| FindError::Read { path: only.clone(), source })?;
        if facts.is_dir() {
            return Ok(Class { found: in_folder(only)?, _unpacked: None });
        }
        if let Some(class) = class_archive(only)? {
            return Ok(class);
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for path in paths {
        // Arguments are the caller's own: links among them are followed.
        let path = path.canonicalize().map_err(|source| FindError::Read { path: path.clone(), source })?;
        let entry = entry_name(&path);
        let key = shown(&path);
        if found.iter().any(|f| f.key == key) {
            return Err(FindError::Twice(key));
        }
        found.push(Found { key, name: person(&entry, path.is_dir()), places: vec![(entry, path)] });
    }
    // The file's own name is enough where it is the only one.
    for i in 0..found.len() {
        let short = found[i].places[0].0.clone();
        if found.iter().filter(|f| f.places[0].0 == short).count() == 1 {
            found[i].key = short;
        }
    }
    Ok(Class { found: ordered(found), _unpacked: None })
}

fn in_folder(folder: &Path) -> Result<Vec<Found>, FindError> {
    let read = |source| FindError::Read { path: folder.to_owned(), source };
    let mut students: BTreeMap<String, Found> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let entry = entry_name(&path);
        if is_litter(&entry) {
            continue;
        }
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
        let (key, name, file) = match MoodleName::parse(&entry) {
            Some(moodle) => (moodle.student.to_owned(), moodle.name.to_owned(), moodle.file.unwrap_or_default().to_owned()),
            None => (entry.clone(), person(&entry, is_folder), entry.clone()),
        };
        let student = students.entry(key.clone()).or_insert_with(|| Found { key, name, places: Vec::new() });
        student.places.push((file, path));
    }
    if students.is_empty() {
        return Err(FindError::Nobody(folder.to_owned()));
    }
    Ok(ordered(students.into_values().collect()))
}

/// A zip with a folder for each student, named as Moodle does; any other archive is one student's own.
fn class_archive(path: &Path) -> Result<Option<Class>, FindError> {
    let Some(format) = Format::of(&entry_name(path)) else { return Ok(None) };
    let open = || File::open(path).map_err(|source| FindError::Read { path: path.to_owned(), source });
    let (mut any, mut all) = (false, true);
    let listed = unpack(open()?, format, Caps::PACKAGE, |name, _| {
        let top = name.as_str().split('/').next().unwrap_or_default();
        if !is_litter(top) {
            any = true;
            all &= MoodleName::parse(top).is_some();
        }
        Ok(())
    });
    // What is wrong with an archive is told where it is read: as one student's.
    if listed.is_err() || !any || !all {
        return Ok(None);
    }
    let folder = temporary_directory("assize-class.");
    let folder = folder.map_err(|source| FindError::Read { path: std::env::temp_dir(), source })?;
    unpack_into(open()?, format, Caps::PACKAGE, folder.path()).map_err(|source| FindError::Archive { path: path.to_owned(), source })?;
    Ok(Some(Class { found: in_folder(folder.path())?, _unpacked: Some(folder) }))
}

/// By name, numbers in it by value; those of the same name are told apart by their keys.
fn ordered(mut found: Vec<Found>) -> Vec<Found> {
    let names: Vec<String> = found.iter().map(|f| f.name.clone()).collect();
    for student in &mut found {
        if names.iter().filter(|n| **n == student.name).count() > 1 {
            student.name.clone_from(&student.key);
        }
        student.places.sort();
    }
    found.sort_by_cached_key(|f| (natural(&f.name), f.key.clone()));
    found
}

/// A key by which `task2` comes before `task10`.
fn natural(text: &str) -> Vec<(String, u128)> {
    let mut parts: Vec<(String, u128)> = vec![(String::new(), 0)];
    let mut in_number = false;
    for c in text.to_lowercase().chars() {
        match (c.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((_, number))) => {
                *number = number.saturating_mul(10).saturating_add(digit.into());
                in_number = true;
            }
            (None, Some((word, _))) if !in_number => word.push(c),
            _ => {
                parts.push((c.to_string(), 0));
                in_number = false;
            }
        }
    }
    parts
}

/// Whose a file or folder is, by its name.
fn person(entry: &str, folder: bool) -> String {
    if folder {
        return entry.to_owned();
    }
    let stem = Format::stem(entry);
    let stem = if stem.len() < entry.len() { stem } else { entry.rsplit_once('.').map_or(entry, |(stem, _)| stem) };
    if stem.is_empty() { entry.to_owned() } else { stem.to_owned() }
}

/// A path's last part; what is not UTF-8 in it is written as `\xff`.
fn entry_name(path: &Path) -> String {
    path.file_name().map(|name| shown(Path::new(name))).unwrap_or_default()
}

fn shown(path: &Path) -> String {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String can't fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
