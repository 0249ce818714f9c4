//! Finds when a package is read what the judge would say of every request: no file to start, or several.
use super::package::{Package, Program};
use super::problem::{Place, Problems};
use crate::model::{BoxName, Content, Files};
use crate::profile::{self, Profiles};
use std::fs;

/// A program's files, as its language wants them.
pub(super) fn check_program(
    files: &Files,
    entry_point: Option<&str>,
    language: &str,
    profiles: &Profiles,
    place: Place<'_>,
    problems: &Problems,
) {
    let Some(language) = profiles.language(language) else {
        return problems.error(place, format!("there is no language profile {language:?} (see `assize languages`)"));
    };
    let bytes = |content: &Content| match content {
        Content::Path(path) if language.reads_sources() => fs::read(path).unwrap_or_default(),
        Content::Path(_) => Vec::new(),
        Content::Inline(bytes) => bytes.to_vec(),
    };
    let files: Vec<(&BoxName, Vec<u8>)> = files.iter().map(|(name, content)| (name, bytes(content))).collect();
    let files: Vec<(&BoxName, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    if let Err(e) = language.layout(&profile::Program { source: None, files: &files, entry_point, compile_args: &[] }) {
        problems.error(place, e.to_string());
    }
}

impl Package {
    /// How many bytes a program's own files have, where that is more than the package allows ("Limits": `code`).
    pub fn too_long(&self, program: &Program) -> Option<u64> {
        let size = |content: &Content| match content {
            Content::Path(path) => fs::metadata(path).map_or(0, |m| m.len()),
            Content::Inline(bytes) => bytes.len() as u64,
        };
        let bytes = program.files.values().map(size).sum();
        self.limits.code_bytes.is_some_and(|most| bytes > most).then_some(bytes)
    }

    /// The package's own submissions, with the files that are put beside them.
    pub(super) fn check_submissions(&self, profiles: &Profiles, problems: &Problems) {
        for submission in &self.submissions {
            let Some(language) = profiles.language(&submission.program.language) else { continue };
            let (files, entry_point) = self.with_included(&submission.program, language);
            let place = Place::file(&submission.file);
            if let Some(bytes) = self.too_long(&submission.program) {
                problems.warning(place, format!("has {bytes} bytes, more than `limits.code` allows: nobody could submit it"));
            }
            if !self.allows(language) {
                problems.warning(place, format!("is in {}, which is not among the package's `languages`", language.id()));
            }
            check_program(&files, entry_point.as_deref(), language.id(), profiles, place, problems);
        }
    }
}
