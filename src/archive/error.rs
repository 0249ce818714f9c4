//! Why an archive is refused.
use super::name::BadName;
use std::io;
use std::path::PathBuf;

/// What is wrong with an archive, for people.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It can't be opened or read.
    #[error("failed to read the archive: {0}")]
    Read(#[source] io::Error),
    /// Not the format its name says, or broken.
    #[error("it is not a sound {format} archive: {reason}")]
    Broken {
        /// `zip`, `tar` or `tar.gz`.
        format: &'static str,
        /// What its reader says.
        reason: String,
    },
    /// An entry's name.
    #[error("the entry {name:?} is refused: {reason}")]
    Name {
        /// As it stands there.
        name: String,
        /// What is wrong with it.
        reason: BadName,
    },
    /// A link, a device, a FIFO, a sparse file.
    #[error("the entry {name:?} is {what}; only plain files and folders are taken")]
    Special {
        /// Which.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// Encrypted.
    #[error("the entry {name:?} is encrypted; pack it without a password")]
    Encrypted {
        /// Which.
        name: String,
    },
    /// The same name twice, or a name that is both file and folder.
    #[error("the entry {name:?} is there twice")]
    Twice {
        /// Which.
        name: String,
    },
    /// More entries than allowed.
    #[error("it has more than {0} entries")]
    TooMany(usize),
    /// A file over its cap.
    #[error("the entry {name:?} has more than {cap} bytes")]
    FileTooLarge {
        /// Which.
        name: String,
        /// In bytes.
        cap: u64,
    },
    /// All together over the cap.
    #[error("it unpacks to more than {0} bytes")]
    TooLarge(u64),
    /// A bomb.
    #[error("it unpacks to more than {0} times its size")]
    Ratio(u64),
    /// Writing what was unpacked.
    #[error("failed to write {}: {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
