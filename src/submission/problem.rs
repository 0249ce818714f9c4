//! Why a submission can't be judged as it is.
use crate::archive::ArchiveError;
use crate::model::NameError;

/// What is wrong, and what a person can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Nothing is there.
    #[error("there is no file in it")]
    Empty,
    /// The file system.
    #[error("failed to read `{name}`: {source}")]
    Read {
        /// Which file.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// A link, a device, a FIFO.
    #[error("`{name}` is {what}, which is not followed; put a plain file in its place")]
    Special {
        /// Which file.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// A name the box can't have.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A name that isn't text.
    #[error("the file name {0:?} is not UTF-8; rename it")]
    NotUtf8(String),
    /// Over a cap.
    #[error("it has more than {cap} {what}")]
    TooLarge {
        /// How many.
        cap: u64,
        /// Of what.
        what: &'static str,
    },
    /// The archive in it.
    #[error("archive `{name}`: {source}")]
    Archive {
        /// Which.
        name: String,
        /// Why it is refused.
        source: ArchiveError,
    },
    /// rar, 7z, …
    #[error("`{0}` is an archive of a kind that is not read; pack it as zip or tar.gz")]
    Unreadable(String),
    /// An archive in an archive.
    #[error("`{0}` is an archive inside an archive; pack the files themselves, as one zip or tar.gz")]
    Nested(String),
    /// More than one archive, or one beside sources.
    #[error("it could be meant in several ways: {0}; leave only one of them")]
    SeveralArchives(String),
    /// No source file.
    #[error("no file has a known language's ending ({0}); rename it, or give --language")]
    NoLanguage(String),
    /// Source files of several languages.
    #[error("its files are of several languages: {0}; delete what does not belong, or give --language")]
    SeveralLanguages(String),
    /// Several files could be started, or none.
    #[error("{0} (or give --entry-point)")]
    EntryPoint(String),
    /// Anything else the language can't take.
    #[error("{0}")]
    Program(String),
}
