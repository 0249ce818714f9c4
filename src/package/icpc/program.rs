//! Programs of a package ("Programs"): a file, or a folder of files; which language, and which file is started.
use super::Reader;
use crate::model::{BoxName, Files};
use crate::package::check::check_program;
use crate::package::package::{Package, Program};
use crate::package::problem::Place;
use crate::profile::Language;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The profile of programs that bring scripts called `build` and `run`.
const SCRIPTS: &str = "build-run";

/// What is said of a program elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    /// A language code of the format.
    pub language: Option<String>,
    pub entry_point: Option<String>,
}

impl Reader<'_> {
    /// A validator: may bring `build` and `run`.
    pub(super) fn validator_program(&self, path: &str) -> Option<Program> {
        let scripts = ["build", "run"].iter().any(|name| self.tree.is_file(&format!("{path}/{name}")));
        if !scripts {
            let program = self.program(path, &Hints::default())?;
            check_program(
                &program.files,
                program.entry_point.as_deref(),
                &program.language,
                self.profiles,
                Place::file(Path::new(path)),
                self.problems,
            );
            return Some(program);
        }
        let entry = if self.tree.is_file(&format!("{path}/build")) { "build" } else { "run" };
        let script = format!("{path}/{entry}");
        if self.tree.get(&script).is_some_and(|e| !e.executable) {
            self.problems.warning(Place::file(Path::new(&script)), "is not executable; other judges want `chmod +x`");
        }
        let files = self.program_files(path);
        Some(Program { language: SCRIPTS.to_owned(), files, entry_point: Some(entry.to_owned()), compile_args: Vec::new() })
    }

    /// A program of one language.
    pub(super) fn program(&self, path: &str, hints: &Hints) -> Option<Program> {
        let place = Place::file(Path::new(path));
        let files = match self.tree.get(path)? {
            entry if entry.folder => self.program_files(path),
            entry => {
                let name = path.rsplit('/').next().unwrap_or(path);
                let name = BoxName::new(name).map_err(|e| self.problems.error(place, e.to_string())).ok()?;
                let mut files = Files::default();
                files.0.insert(name, self.content(path, entry));
                files
            }
        };
        if files.is_empty() {
            self.problems.error(place, "the folder has no file in it");
            return None;
        }
        let language = match &hints.language {
            Some(code) => self.by_code(code, &files),
            None => self.by_files(&files),
        };
        let language = language.map_err(|message| self.problems.error(place, message)).ok()?;
        let python_main = || files.contains_key("__main__.py").then(|| "__main__.py".to_owned());
        let entry_point = hints.entry_point.clone().or_else(python_main);
        Some(Program { language: language.id().to_owned(), files, entry_point, compile_args: Vec::new() })
    }

    /// A profile for a code such as `cpp`: the one its files would be taken for, where that is one of them.
    fn by_code(&self, code: &str, files: &Files) -> Result<Arc<Language>, String> {
        let detected = files.keys().filter_map(|name| self.profiles.detect(name.as_str())).find(|l| Package::code_means(code, l));
        let any = || self.profiles.languages().find(|l| Package::code_means(code, l));
        detected.or_else(any).cloned().ok_or_else(|| format!("there is no language profile for {code:?} (see `assize languages`)"))
    }

    fn by_files(&self, files: &Files) -> Result<Arc<Language>, String> {
        let mut found: BTreeMap<&str, &Arc<Language>> = BTreeMap::new();
        for name in files.keys() {
            if let Some(language) = self.profiles.detect(name.as_str()) {
                found.insert(language.id(), language);
            }
        }
        match found.len() {
            1 => Ok(found.values().next().map(|l| Arc::clone(l)).ok_or("none")?),
            0 => {
                let names: Vec<&str> = files.keys().take(5).map(BoxName::as_str).collect();
                Err(format!("its language can't be told by the files' endings ({})", names.join(", ")))
            }
            _ => {
                let ids: Vec<&str> = found.keys().copied().collect();
                Err(format!("has files of several languages ({}); name one in submissions.yaml (`language`)", ids.join(", ")))
            }
        }
    }
}
