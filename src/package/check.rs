//! Finds when a package is read what the judge would say of every request: no file to start, or several.
use super::package::Package;
use super::problem::{Place, Problems};
use crate::model::{BoxName, Content, Files};
use crate::profile::{Profiles, Program};
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
    if let Err(e) = language.layout(&Program { source: None, files: &files, entry_point, compile_args: &[] }) {
        problems.error(place, e.to_string());
    }
}

impl Package {
    /// The package's own submissions, with the files that are put beside them.
    pub(super) fn check_submissions(&self, profiles: &Profiles, problems: &Problems) {
        for submission in &self.submissions {
            let Some(language) = profiles.language(&submission.program.language) else { continue };
            let (files, entry_point) = self.with_included(&submission.program, language);
            let place = Place::file(&submission.file);
            check_program(&files, entry_point.as_deref(), language.id(), profiles, place, problems);
        }
    }
}
