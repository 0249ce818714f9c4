//! From files or standard input to requests, one at a time.
use super::ends;
use super::stream::{Frame, Frames};
use crate::model::{self, ErrorReport, Input, Request};
use std::collections::VecDeque;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncRead;

/// Something requests are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// Why requests can't be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Opening a file failed.
    #[error("failed to open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is a directory.
    #[error("{} is a directory; name the files in it", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
    },
    /// Reading failed half-way.
    #[error("failed to read {name}")]
    Read {
        /// From what.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The sources that `files` name (`-`, or none at all: standard input), if they are there.
///
/// They are not opened yet: opening a FIFO waits for its writer, and closing it again would end that one.
pub fn check_sources(files: &[PathBuf]) -> Result<Vec<Source>, InputError> {
    if files.is_empty() {
        return Ok(vec![Source::Stdin]);
    }
    files
        .iter()
        .map(|path| {
            if path == Path::new("-") {
                return Ok(Source::Stdin);
            }
            match std::fs::metadata(path) {
                Ok(meta) if meta.is_dir() => Err(InputError::Directory { path: path.clone() }),
                Ok(_) => Ok(Source::File(path.clone())),
                Err(source) => Err(InputError::Open { path: path.clone(), source }),
            }
        })
        .collect()
}

/// What was read.
#[derive(Debug)]
pub(super) enum Item {
    /// End the requests with this id.
    Cancel(String),
    /// A request.
    Request {
        /// The request.
        request: Box<Request>,
        /// How long its text was.
        bytes: usize,
    },
    /// What should have been a request.
    Fault {
        /// Its id, where it could be read.
        id: Option<String>,
        /// What is wrong with it.
        error: ErrorReport,
    },
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// All sources, one after the other. Each is a stream of its own: a value ends with its file.
pub(super) struct Inputs {
    waiting: VecDeque<Source>,
    current: Option<(String, Frames<Reader>)>,
    max: usize,
}

impl Inputs {
    /// No request may have more than `max` bytes.
    pub fn new(sources: Vec<Source>, max: usize) -> Self {
        Self { waiting: sources.into(), current: None, max }
    }

    #[cfg(test)]
    pub fn from_reader(reader: impl AsyncRead + Send + Unpin + 'static, max: usize) -> Self {
        Self { waiting: VecDeque::new(), current: Some((String::new(), Frames::new(Box::new(reader), max))), max }
    }

    /// The next item; `None` at the end. Loses nothing when dropped half-way.
    pub async fn next(&mut self) -> Result<Option<Item>, InputError> {
        loop {
            if let Some((name, frames)) = &mut self.current {
                match frames.next().await {
                    Ok(Some(frame)) => return Ok(Some(item(&frame, name))),
                    Ok(None) => self.current = None,
                    Err(source) => {
                        let name = if name.is_empty() { "standard input".to_owned() } else { name.clone() };
                        return Err(InputError::Read { name, source });
                    }
                }
            }
            let (name, reader): (_, Reader) = match self.waiting.front() {
                None => return Ok(None),
                Some(Source::Stdin) => {
                    let fd = std::io::stdin().as_fd().try_clone_to_owned();
                    let end =
                        fd.and_then(ends::Source::new).map_err(|source| InputError::Read { name: "standard input".into(), source })?;
                    (String::new(), Box::new(end))
                }
                Some(Source::File(path)) => {
                    let failed = |source| InputError::Open { path: path.clone(), source };
                    let file = File::open(path).await.map_err(failed)?.into_std().await;
                    (path.display().to_string(), Box::new(ends::Source::new(file.into()).map_err(failed)?))
                }
            };
            self.waiting.pop_front();
            self.current = Some((name, Frames::new(reader, self.max)));
        }
    }
}

fn item(frame: &Frame<'_>, name: &str) -> Item {
    let (id, mut error) = match *frame {
        Frame::Value { bytes, line, column } => match model::parse_input(bytes) {
            Ok(Input::Cancel(id)) => return Item::Cancel(id),
            Ok(Input::Request(request)) => return Item::Request { request, bytes: bytes.len() },
            Err((id, mut error)) => {
                error.message = shift_place(error.message, line, column);
                (id, error)
            }
        },
        Frame::Fault(ref error) => (None, error.clone()),
    };
    if !name.is_empty() {
        error.message = format!("{} (in {name})", error.message);
    }
    Item::Fault { id, error }
}

/// serde counts lines from the start of the value; we say where in the input it is.
fn shift_place(message: String, line: u64, column: u64) -> String {
    let place = message.rsplit_once(" at line ").and_then(|(text, place)| {
        let (l, c) = place.split_once(" column ")?;
        Some((text, l.parse::<u64>().ok()?, c.parse::<u64>().ok()?))
    });
    match place {
        Some((text, 1, c)) => format!("{text} at line {line} column {}", (column + c).saturating_sub(1)),
        Some((text, l, c)) => format!("{text} at line {} column {c}", (line + l).saturating_sub(1)),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    async fn all(mut inputs: Inputs) -> Vec<String> {
        let mut out = Vec::new();
        while let Some(item) = inputs.next().await.unwrap() {
            out.push(match item {
                Item::Cancel(id) => format!("cancel {id}"),
                Item::Request { request, .. } => format!("request {}", request.id.unwrap_or_default()),
                Item::Fault { id, error } => format!("{:?} {}: {}", error.kind, id.unwrap_or_default(), error.message),
            });
        }
        out
    }

    #[tokio::test]
    async fn places_count_from_the_start_of_the_input() {
        let input = "\n  {\"id\":\"a\",\n\"language\":1}{\"id\":\"b\",\"nope\":1}\n{\"cancel\":\"a\"}{\"id\":\"\u{1F600}\\ud800\"}";
        let out = all(Inputs::from_reader(input.as_bytes(), 1000)).await;
        assert_eq!(out[0], "InvalidRequest a: invalid type: integer `1`, expected a string at line 3 column 12");
        assert!(out[1].starts_with("InvalidRequest b: unknown field `nope`") && out[1].ends_with("at line 3 column 29"), "{}", out[1]);
        assert_eq!(out[2], "cancel a");
        assert!(out[3].starts_with("InvalidJson") && out[3].contains("at line 4 column"), "{}", out[3]);
    }

    #[tokio::test]
    async fn files_are_read_in_turn_and_named_in_errors() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            path
        };
        let request = |id: &str| format!(r#"{{"id":"{id}","language":"c17","source":""}}"#);
        let files = [file("a.json", &format!("[{}]", request("1"))), file("b.json", "{\"id\""), file("c.json", &request("2"))];
        let out = all(Inputs::new(check_sources(&files).unwrap(), 1000)).await;
        assert_eq!((out[0].as_str(), out[2].as_str()), ("request 1", "request 2"));
        assert!(out[1].contains("the input ends at line 1 column 6 (in ") && out[1].ends_with("b.json)"), "{}", out[1]);
        assert!(matches!(check_sources(&[dir.path().to_owned()]), Err(InputError::Directory { .. })));
        assert!(matches!(check_sources(&[dir.path().join("none")]), Err(InputError::Open { .. })));
        assert_eq!(check_sources(&[]).unwrap(), [Source::Stdin]);
    }
}
