//! What is wrong with a package: all of it, each with its place.
use std::cell::{Cell, RefCell};
use std::fmt;
use std::path::{Path, PathBuf};

/// Whether a package with this problem can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't.
    Error,
    /// It can.
    Warning,
}

/// Something wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Relative to the package's folder; empty: the package as a whole.
    pub file: PathBuf,
    /// From 1, where it is known.
    pub line: Option<usize>,
    /// Whether the package can be used all the same.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub message: String,
}

/// `problem.yaml:12: error: …`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.as_os_str().is_empty() {
            write!(f, "{}:", self.file.display())?;
            match self.line {
                Some(line) => write!(f, "{line}: ")?,
                None => f.write_str(" ")?,
            }
        }
        match self.severity {
            Severity::Error => write!(f, "error: {}", self.message),
            Severity::Warning => write!(f, "warning: {}", self.message),
        }
    }
}

/// Problems as they are found. Reading goes on after each, so that all are named.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: RefCell<Vec<Problem>>,
    errors: Cell<usize>,
}

/// A place in a package.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub file: &'a Path,
    pub line: Option<usize>,
}

impl<'a> Place<'a> {
    pub(super) fn file(file: &'a Path) -> Self {
        Self { file, line: None }
    }

    pub(super) fn line(file: &'a Path, line: usize) -> Self {
        Self { file, line: Some(line) }
    }
}

impl Problems {
    pub(super) fn error(&self, place: Place<'_>, message: impl Into<String>) {
        self.errors.set(self.errors.get() + 1);
        self.add(place, Severity::Error, message.into());
    }

    pub(super) fn warning(&self, place: Place<'_>, message: impl Into<String>) {
        self.add(place, Severity::Warning, message.into());
    }

    fn add(&self, place: Place<'_>, severity: Severity, message: String) {
        self.found.borrow_mut().push(Problem { file: place.file.to_owned(), line: place.line, severity, message });
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors.get()
    }

    /// All of them, those of a file together, by line.
    pub(super) fn into_sorted(self) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| (&a.file, a.line, a.severity, &a.message).cmp(&(&b.file, b.line, b.severity, &b.message)));
        found.dedup();
        found
    }
}
