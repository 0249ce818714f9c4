//! The three ways to see what is in an archive.
use super::caps::{Budget, Caps};
use super::error::ArchiveError;
use super::name::EntryName;
use super::{tarball, zipfile};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// How something is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.zip`
    Zip,
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    TarGz,
}

impl Format {
    /// By a file's name.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let endings = [(".zip", Self::Zip), (".tar.gz", Self::TarGz), (".tgz", Self::TarGz), (".tar", Self::Tar)];
        endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| format)
    }

    /// A file's name without its ending.
    pub fn stem(name: &str) -> &str {
        let lower = name.to_ascii_lowercase();
        let ending = [".tar.gz", ".tgz", ".tar", ".zip"].into_iter().find(|e| lower.ends_with(e));
        ending.and_then(|e| name.get(..name.len() - e.len())).unwrap_or(name)
    }
}

/// A file or a folder of an archive, on its way out.
pub(super) enum Entry<'a> {
    Folder(&'a EntryName),
    File { name: &'a EntryName, executable: bool, content: &'a mut dyn Read },
}

/// What takes the entries. An `io::Error` of the content's own reads is passed on as it is.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Entry<'_>) -> Result<(), Stop>;

/// Why a sink stops.
pub(super) enum Stop {
    /// Reading the content failed.
    Read(io::Error),
    /// Something of the sink's own.
    Own(ArchiveError),
}

fn walk(archive: File, format: Format, caps: Caps, sink: Sink<'_>) -> Result<(), ArchiveError> {
    let packed = archive.metadata().map_err(ArchiveError::Read)?.len();
    let mut budget = Budget::new(caps, packed);
    match format {
        Format::Zip => zipfile::walk(archive, &mut budget, sink),
        Format::Tar => tarball::walk(archive, "tar", &mut budget, sink),
        Format::TarGz => tarball::walk(flate2::read::MultiGzDecoder::new(io::BufReader::new(archive)), "tar.gz", &mut budget, sink),
    }
}

/// Shows every file's name and content, in the archive's order. `each` may read less than all.
pub fn unpack(
    archive: File,
    format: Format,
    caps: Caps,
    mut each: impl FnMut(&EntryName, &mut dyn Read) -> io::Result<()>,
) -> Result<(), ArchiveError> {
    walk(archive, format, caps, &mut |entry| match entry {
        Entry::Folder(_) => Ok(()),
        Entry::File { name, content, .. } => each(name, content).map_err(Stop::Read),
    })
}

/// Every file by its name.
pub fn unpack_in_memory(archive: File, format: Format, caps: Caps) -> Result<BTreeMap<EntryName, Vec<u8>>, ArchiveError> {
    let mut files = BTreeMap::new();
    unpack(archive, format, caps, |name, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        files.insert(name.clone(), bytes);
        Ok(())
    })?;
    Ok(files)
}

/// A directory to unpack into, which goes when it is dropped. Nobody else can look into it: it may hold a class's work, or the answers.
pub fn temporary_directory(prefix: &str) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(prefix).permissions(Permissions::from_mode(0o700)).tempdir()
}

/// Writes everything below `directory`, which must be empty and the caller's alone. Files keep only whether they can be
/// executed. On an error what was written so far is left for the caller to remove.
pub fn unpack_into(archive: File, format: Format, caps: Caps, directory: &Path) -> Result<(), ArchiveError> {
    walk(archive, format, caps, &mut |entry| match entry {
        Entry::Folder(name) => folder(directory.join(name.as_path())),
        Entry::File { name, executable, content } => {
            let path = directory.join(name.as_path());
            if let Some(parent) = path.parent() {
                folder(parent.to_owned())?;
            }
            let mode = if executable { 0o755 } else { 0o644 };
            // `create_new`: never through anything that is there already.
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
            let mut file = file.map_err(|source| own(path.clone(), source))?;
            copy(content, &mut file, &path)
        }
    })
}

fn folder(path: PathBuf) -> Result<(), Stop> {
    DirBuilder::new().recursive(true).mode(0o755).create(&path).map_err(|source| own(path, source))
}

fn own(path: PathBuf, source: io::Error) -> Stop {
    Stop::Own(ArchiveError::Write { path, source })
}

/// Tells a read that failed from a write that failed.
fn copy(from: &mut dyn Read, to: &mut File, path: &Path) -> Result<(), Stop> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => io::Write::write_all(to, buffer.get(..n).unwrap_or_default()).map_err(|source| own(path.to_owned(), source))?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Stop::Read(e)),
        }
    }
}

/// Gives a file to the sink, and tells whose fault it is where that fails.
pub(super) fn give(
    budget: &mut Budget,
    name: &EntryName,
    executable: bool,
    content: &mut dyn Read,
    format: &'static str,
    sink: Sink<'_>,
) -> Result<(), ArchiveError> {
    budget.name(name, true)?;
    let mut meter = budget.meter(name, content);
    match sink(Entry::File { name, executable, content: &mut meter }) {
        Ok(()) => Ok(()),
        Err(Stop::Own(error)) => Err(error),
        Err(Stop::Read(e)) => Err(meter.fault().unwrap_or_else(|| ArchiveError::Broken { format, reason: e.to_string() })),
    }
}
