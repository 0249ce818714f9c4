//! `include/LANGUAGE/` ("Included files"): files put beside every submission, over its own.
use super::Reader;
use crate::model::{BoxName, Files};
use crate::package::package::{Included, Package};
use crate::package::problem::Place;
use std::path::Path;

impl Reader<'_> {
    pub(super) fn included(&self) -> Vec<Included> {
        let mut all = Vec::new();
        for (name, entry) in self.tree.children("include") {
            let dir = format!("include/{name}");
            let place = Place::file(Path::new(&dir));
            if !entry.folder {
                self.problems.error(place, "must lie in include/LANGUAGE/, or in include/default/ for all languages");
                continue;
            }
            let files = self.program_files(&dir);
            if files.is_empty() {
                self.problems.warning(place, "has no files in it");
                continue;
            }
            let language = (name != "default").then(|| name.to_owned());
            if language.is_some() && !self.profiles.languages().any(|l| Package::code_means(name, l)) {
                self.problems.warning(place, format!("there is no language profile for {name:?}; its files are not used"));
            }
            all.push(Included { language, files });
        }
        all
    }

    /// All files below a folder, as a program's.
    pub(super) fn program_files(&self, dir: &str) -> Files {
        let mut files = Files::default();
        for (name, entry) in self.tree.files_below(dir) {
            let path = format!("{dir}/{name}");
            match BoxName::new(name) {
                Ok(boxed) => {
                    files.0.insert(boxed, self.content(&path, entry));
                }
                Err(e) => self.problems.error(Place::file(Path::new(&path)), e.to_string()),
            }
        }
        files
    }
}
