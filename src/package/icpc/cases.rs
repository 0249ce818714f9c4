//! The tests of a folder ("Test data"): `NAME.in` makes a test, and everything else of that name belongs to it.
use super::{Reader, Version, words};
use crate::model::LimitsRequest;
use crate::model::{BoxName, Content, Files};
use crate::package::fields::{Fields, Unknown};
use crate::package::package::PackageTest;
use crate::package::problem::Place;
use std::collections::BTreeSet;
use std::path::Path;

/// Settings that tests inherit from their folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited {
    pub args: Vec<String>,
    pub validator_args: Vec<String>,
    pub full_feedback: bool,
}

/// What else may belong to a test; legacy's `.hint` and `.desc` too.
const BESIDE: [&str; 17] = [
    "ans",
    "files",
    "yaml",
    "png",
    "jpg",
    "jpeg",
    "svg",
    "hint",
    "desc",
    "args",
    "interaction",
    "out",
    "in.statement",
    "ans.statement",
    "in.download",
    "ans.download",
    "statement",
];

/// Whether a folder is a test's `NAME.files`.
pub(super) fn is_files(folder: &str) -> bool {
    folder.rsplit_once('.').is_some_and(|(_, end)| end == "files")
}

impl Reader<'_> {
    /// The tests right in `data/{folder}`, in order of their names.
    pub(super) fn cases(&self, folder: &str, inherited: &Inherited) -> Vec<PackageTest> {
        let dir = format!("data/{folder}");
        let names: Vec<&str> = self.tree.children(&dir).filter(|(_, e)| !e.folder).filter_map(|(n, _)| n.strip_suffix(".in")).collect();
        let known: BTreeSet<&str> = names.iter().copied().collect();
        for (file, _) in self.tree.children(&dir) {
            let of = BESIDE.iter().find_map(|end| file.strip_suffix(end)?.strip_suffix('.'));
            let settings = matches!(file, "test_group.yaml" | "testdata.yaml");
            if let Some(test) = of.filter(|test| !known.contains(test) && !settings) {
                self.no_input(&dir, test, file);
            }
        }
        names.into_iter().map(|name| self.case(folder, name, inherited)).collect()
    }

    fn no_input(&self, dir: &str, test: &str, file: &str) {
        let path = format!("{dir}/{file}");
        let place = Place::file(Path::new(&path));
        let message = format!("there is no {test}.in beside it, so there is no such test");
        // An interaction alone is a sample for the statement.
        match self.version {
            _ if file.ends_with(".interaction") => {}
            Version::Latest => self.problems.error(place, message + "; add the input, or remove it"),
            Version::Legacy => self.problems.warning(place, message),
        }
    }

    fn case(&self, folder: &str, name: &str, inherited: &Inherited) -> PackageTest {
        let id = format!("{folder}/{name}");
        let base = format!("data/{id}");
        let input = self.tree.get(&format!("{base}.in")).map(|e| e.path.clone()).unwrap_or_default();
        let answer = self.tree.get(&format!("{base}.ans")).filter(|e| !e.folder).map(|e| e.path.clone());
        if answer.is_none() {
            let file = format!("{base}.in");
            self.problems
                .error(Place::file(Path::new(&file)), format!("there is no {name}.ans beside it; add the answer (it may be empty)"));
        }
        let mut test = PackageTest {
            sample: folder == "sample" || folder.starts_with("sample/"),
            group: Some(folder.to_owned()),
            points: None,
            args: inherited.args.clone(),
            files: self.files_of(&format!("{base}.files")),
            checker_args: inherited.validator_args.clone(),
            checker: None,
            limits: LimitsRequest::default(),
            full_feedback: inherited.full_feedback,
            description: None,
            hint: None,
            id,
            input,
            answer,
        };
        match self.version {
            Version::Latest => self.configure(&format!("{base}.yaml"), &mut test),
            Version::Legacy => self.annotate(&base, &mut test),
        }
        test
    }

    /// `NAME.files`: what lies in the box of this test.
    fn files_of(&self, dir: &str) -> Files {
        let mut files = Files::default();
        for (name, entry) in self.tree.files_below(dir) {
            match BoxName::new(name) {
                Ok(name) => {
                    files.0.insert(name, Content::Path(entry.path.clone()));
                }
                Err(e) => self.problems.error(Place::file(Path::new(dir)), e.to_string()),
            }
        }
        files
    }

    /// "Test case configuration".
    fn configure(&self, file: &str, test: &mut PackageTest) {
        let Some(text) = self.text(file) else { return };
        let Some(fields) = Fields::parse(Path::new(file), &text, Unknown::Error, self.problems) else { return };
        if let Some((args, _)) = fields.texts("args") {
            test.args = args;
        }
        if let Some((args, _)) = fields.texts("output_validator_args") {
            test.checker_args = args;
        }
        test.full_feedback = fields.truth("full_feedback").unwrap_or(test.full_feedback);
        test.hint = fields.text("hint").map(|(text, _)| text);
        test.description = fields.text("description").map(|(text, _)| text);
        fields.ignore(&["input_validator_args", "input_visualizer_args", "output_visualizer_args"]);
        fields.finish();
    }

    /// Legacy, "Annotations"; and `.args`, which is in no version of the format but in packages.
    fn annotate(&self, base: &str, test: &mut PackageTest) {
        test.hint = self.tree.text(&format!("{base}.hint"), self.problems);
        test.description = self.tree.text(&format!("{base}.desc"), self.problems);
        let file = format!("{base}.args");
        if let Some(text) = self.tree.text(&file, self.problems) {
            match words::split(&text) {
                Ok(args) => test.args = args,
                Err(e) => self.problems.error(Place::file(Path::new(&file)), e),
            }
        }
    }
}
