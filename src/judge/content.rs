//! Bytes a request gives or points to, made ready for a run.
use super::custom::Spool;
use super::{Judge, patient};
use crate::model::{BoxName, Content, ErrorKind, ErrorReport, Files};
use crate::pool::{FileSource, OpenError, PutFile, memory_file};
use crate::sandbox::IdSource;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// A program's sources are read whole; more than this is no source.
const MOST_SOURCE_BYTES: u64 = 64 << 20;

pub(super) fn invalid(path: impl Into<String>, message: impl Into<String>) -> ErrorReport {
    ErrorReport { kind: ErrorKind::InvalidRequest, path: path.into(), message: message.into() }
}

pub(super) fn internal(path: impl Into<String>, message: impl std::fmt::Display) -> ErrorReport {
    ErrorReport { kind: ErrorKind::Internal, path: path.into(), message: message.to_string() }
}

/// A file of the caller's that could not be read to its end: one that hangs is the request's, as where it is opened.
fn unread(place: &str, e: &io::Error) -> ErrorReport {
    match e.kind() {
        io::ErrorKind::TimedOut => invalid(place, e.to_string()),
        _ => internal(place, e),
    }
}

impl Judge {
    /// Opens a file that the request names at `place`.
    pub(super) async fn open_path(&self, place: &str, path: &Path) -> Result<(File, u64), ErrorReport> {
        if !self.paths {
            return Err(invalid(place, "content by `path` is forbidden here (--no-paths); give it as `text` or `base64`"));
        }
        self.opener.open(path).await.map_err(|e| match e {
            OpenError::Refused { .. } => invalid(place, e.to_string()),
            OpenError::Io(_) | OpenError::Fault(_) => internal(place, e),
        })
    }

    /// A run's stdin: a sealed file in memory, or the caller's own file behind a read-only mount; or a copy of that, where a run that
    /// opens its stdin again (/dev/stdin) could not, being another user.
    pub(super) async fn stdin(&self, place: &str, content: &Content) -> Result<OwnedFd, ErrorReport> {
        match content {
            Content::Inline(bytes) => memory_file(bytes, true).map_err(|e| internal(place, e)),
            Content::Path(path) => {
                let (file, size) = self.open_path(place, path).await?;
                let mode = file.metadata().map_err(|e| internal(place, e))?.permissions().mode();
                if mode & 0o004 != 0 || matches!(self.pool.ids(), IdSource::Self_ { .. }) {
                    return Ok(file.into());
                }
                let from = patient::reader(path, file, size).map_err(|e| internal(place, e))?;
                let copied = tokio::task::spawn_blocking(|| Spool::of(from)).await;
                copied.map_err(|e| internal(place, e))?.map(OwnedFd::from).map_err(|e| unread(place, &e))
            }
        }
    }

    /// Something to compare with, as a stream.
    pub(super) async fn reader(&self, place: &str, content: &Content) -> Result<Box<dyn Read + Send>, ErrorReport> {
        Ok(match content {
            Content::Inline(bytes) => Box::new(Cursor::new(bytes.clone())),
            Content::Path(path) => {
                let (file, size) = self.open_path(place, path).await?;
                patient::reader(path, file, size).map_err(|e| internal(place, e))?
            }
        })
    }

    /// Files for the box of one run.
    pub(super) async fn box_files(&self, place: &str, files: &Files) -> Result<Vec<PutFile>, ErrorReport> {
        let mut out = Vec::with_capacity(files.len());
        for (name, content) in files.iter() {
            let content = self.file(&format!("{place}.{name}"), content).await?;
            out.push(PutFile { name: name.as_str().to_owned(), executable: false, content });
        }
        Ok(out)
    }

    /// A file for a box.
    pub(super) async fn file(&self, place: &str, content: &Content) -> Result<FileSource, ErrorReport> {
        Ok(match content {
            Content::Inline(bytes) => FileSource::Bytes(bytes.clone()),
            Content::Path(path) => FileSource::File(Arc::new(self.open_path(place, path).await?.0)),
        })
    }

    /// How many bytes a content has; a path must be there.
    pub(super) async fn size(&self, place: &str, content: &Content) -> Result<u64, ErrorReport> {
        match content {
            Content::Inline(bytes) => Ok(bytes.len() as u64),
            Content::Path(path) => Ok(self.open_path(place, path).await?.1),
        }
    }

    async fn bytes(&self, place: &str, content: &Content) -> Result<Arc<[u8]>, ErrorReport> {
        match content {
            Content::Inline(bytes) => Ok(bytes.clone()),
            Content::Path(path) => {
                let (file, size) = self.open_path(place, path).await?;
                let file = patient::reader(path, file, size).map_err(|e| internal(place, e))?;
                let mut bytes = Vec::new();
                file.take(MOST_SOURCE_BYTES + 1).read_to_end(&mut bytes).map_err(|e| unread(place, &e))?;
                Ok(bytes.into())
            }
        }
    }
}

/// A program's files, read.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub source: Option<Arc<[u8]>>,
    pub files: Vec<(BoxName, Arc<[u8]>)>,
}

impl Sources {
    pub(super) async fn read(judge: &Judge, source: Option<&Content>, files: &Files) -> Result<Self, ErrorReport> {
        let mut out = Self::default();
        let mut total = 0;
        let mut count = |place: &str, bytes: &Arc<[u8]>| {
            total += bytes.len() as u64;
            if total > MOST_SOURCE_BYTES {
                let message =
                    format!("the program's files have more than {MOST_SOURCE_BYTES} bytes; give data as a test's `files` or `stdin`");
                return Err(ErrorReport { kind: ErrorKind::TooLarge, path: place.into(), message });
            }
            Ok(())
        };
        if let Some(content) = source {
            let bytes = judge.bytes("source", content).await?;
            count("source", &bytes)?;
            out.source = Some(bytes);
        }
        for (name, content) in files.iter() {
            let place = format!("files.{name}");
            let bytes = judge.bytes(&place, content).await?;
            count(&place, &bytes)?;
            out.files.push((name.clone(), bytes));
        }
        Ok(out)
    }

    /// The content of one placed file.
    pub(super) fn of(&self, origin: &crate::profile::Origin) -> Option<&Arc<[u8]>> {
        match origin {
            crate::profile::Origin::Source => self.source.as_ref(),
            crate::profile::Origin::File(name) => self.files.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes),
        }
    }
}

/// For messages: an I/O error of ours.
pub(super) fn host(e: &io::Error) -> String {
    format!("the host failed: {e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_hangs_is_an_error_of_the_request() {
        let report = |kind: io::ErrorKind| unread("tests[0].stdin", &kind.into());
        assert_eq!(report(io::ErrorKind::TimedOut).kind, ErrorKind::InvalidRequest);
        assert_eq!(report(io::ErrorKind::Other).kind, ErrorKind::Internal);
        assert_eq!(report(io::ErrorKind::TimedOut).path, "tests[0].stdin");
    }
}
