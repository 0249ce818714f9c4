//! What people hand in: found, read, and made a program of.
//!
//! ```text
//! paths ─find→ Found (one a student) ─read→ Files ─program→ Handed (language, files, entry point, hash)
//! ```
//! [`find`] knows folders of students and how Moodle names things; [`read`] takes a file, a folder or an archive into
//! memory; [`program`] finds the language and the entry point. What is ambiguous is a [`Problem`], never a guess.
//!
//! It uses `archive`, `model` and `profile`. Invariant: nothing is followed out of a submission (no links), nothing of it is
//! run, and nothing is written but a class's archive, unpacked into a temporary folder of ours.
#![forbid(unsafe_code)]

mod find;
mod language;
mod moodle;
mod problem;
mod read;

pub use find::{Class, FindError, Found, find};
pub use language::{Handed, Rules, program};
pub use problem::Problem;
pub use read::{Files, read};

/// Names that tools leave behind and nobody hands in on purpose.
fn is_litter(name: &str) -> bool {
    name.starts_with('.') || matches!(name, "__MACOSX" | "__pycache__" | "Thumbs.db" | "desktop.ini")
}

#[cfg(test)]
mod tests;
