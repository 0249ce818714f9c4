//! What can be wrong with profiles, with a program, with a host.
use std::path::PathBuf;

/// A profile or policy file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A directory or file that can't be read.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown or a missing key, a value of the wrong type. `message` has line, column and key.
    #[error("{file}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where.
        message: String,
    },
    /// A value that can't be.
    #[error("{file}:{line}: `{key}`: {message}")]
    Value {
        /// The file.
        file: String,
        /// The line of the value, or of the file's begin.
        line: usize,
        /// The key, as `compile.argv[2]`.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// The policy could not be made a filter.
    #[error("policy `{policy}`: failed to compile the filter: {message}")]
    Filter {
        /// The policy.
        policy: String,
        /// What the compiler says.
        message: String,
    },
    /// A policy that isn't there.
    #[error("there is no policy `{policy}`; there are {known}")]
    NoPolicy {
        /// The name asked for.
        policy: String,
        /// Those that are.
        known: String,
    },
    /// A policy that is there to be included.
    #[error("policy `{policy}` does not allow execve, so that nothing could be started; give one that does, such as `native`")]
    NothingStarts {
        /// The name asked for.
        policy: String,
    },
    /// Something that can't be bound there.
    #[error("can't bind at {}: {message}", target.display())]
    Bind {
        /// The place inside.
        target: PathBuf,
        /// Why, and what to do.
        message: String,
    },
}

/// A program that a language can't take: an `invalid_request`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ProgramError {
    /// Where in the program, as `compile.args[0]`.
    pub path: String,
    /// What, and what to do.
    pub message: String,
}

impl ProgramError {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// A language that this host can't run now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("language `{language}` is unavailable: {reason}; {hint}")]
pub struct Unavailable {
    /// The language's id.
    pub language: String,
    /// What is missing, or what failed.
    pub reason: String,
    /// What to do.
    pub hint: String,
}
