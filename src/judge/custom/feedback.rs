//! What a judging program leaves in its box: taken out when it is dead, by the rules of `collect`, and never more than
//! so much of it.
use super::DIRECTORY;
use crate::judge::collect::{self, Lookup};
use crate::model::BoxName;
use crate::pool::{FileSource, PutFile};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// How much of a message is taken.
const MOST_MESSAGE_BYTES: u64 = 16 << 10;
/// No number that means anything is longer.
const MOST_NUMBER_BYTES: u64 = 64;
/// The next pass's input.
const NEXT_PASS: &str = "nextpass.in";

/// A file that may be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// It isn't.
    #[default]
    Nothing,
    /// Something of that name is there, but no plain file.
    Odd,
    /// Its head.
    Text(Vec<u8>),
}

impl Told {
    pub(super) fn bytes(&self) -> &[u8] {
        if let Self::Text(bytes) = self { bytes } else { &[] }
    }
}

/// The files with a meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Feedback {
    /// `judgemessage.txt`: for the staff.
    pub judge: Told,
    /// `teammessage.txt`: for the contestant.
    pub team: Told,
    /// `score.txt`: points.
    pub score: Told,
    /// `score_multiplier.txt`: a part of the points.
    pub multiplier: Told,
    /// `nextpass.in`: whether it is there; its content is not read here.
    pub next_pass: Told,
}

impl Feedback {
    /// Reads them out of a box.
    pub(super) fn read(left: Option<&OwnedFd>) -> io::Result<Self> {
        let Some(left) = left else { return Ok(Self::default()) };
        let told = |name: &str, most: u64| match look(left, name)? {
            Lookup::Missing => Ok(Told::Nothing),
            Lookup::Odd => Ok(Told::Odd),
            Lookup::Plain(found) => collect::head(found, most).map(Told::Text),
        };
        Ok(Self {
            judge: told("judgemessage.txt", MOST_MESSAGE_BYTES)?,
            team: told("teammessage.txt", MOST_MESSAGE_BYTES)?,
            score: told("score.txt", MOST_NUMBER_BYTES)?,
            multiplier: told("score_multiplier.txt", MOST_NUMBER_BYTES)?,
            next_pass: told(NEXT_PASS, 0)?,
        })
    }
}

fn look(left: &OwnedFd, name: &str) -> io::Result<Lookup> {
    collect::look(left, &BoxName::new(&format!("{DIRECTORY}/{name}")).map_err(io::Error::other)?)
}

/// What goes from one pass to the next.
#[derive(Debug, Default)]
pub(in crate::judge) struct Carried {
    /// The next pass's input.
    pub input: Option<Arc<std::fs::File>>,
    /// All else in the feedback directory.
    pub files: Vec<PutFile>,
}

impl Carried {
    /// Takes them from the box of the pass before. The files stay open there: they are copied from box to box, not held
    /// in memory here.
    pub(in crate::judge) fn take(left: Option<&OwnedFd>) -> io::Result<Self> {
        let Some(left) = left else { return Ok(Self::default()) };
        let mut carried = Self::default();
        let names = collect::list_below(left, DIRECTORY)?.ok_or_else(|| io::Error::other("too many files in the feedback directory"))?;
        for name in names {
            let Some(found) = collect::open(left, &name)? else { continue };
            let file = Arc::new(found.file);
            if name.as_str() == format!("{DIRECTORY}/{NEXT_PASS}") {
                carried.input = Some(file);
            } else {
                carried.files.push(PutFile {
                    name: name.as_str().to_owned(),
                    executable: found.executable,
                    content: FileSource::File(file),
                });
            }
        }
        Ok(carried)
    }
}
