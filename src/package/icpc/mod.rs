//! ICPC / Kattis problem packages, legacy and 2025-09 (<https://icpc.io/problem-package-format/>).
//!
//! `metadata` reads problem.yaml, `cases` the tests of a folder, `latest` and `legacy` their groups and points (the two
//! versions differ in nearly everything there), `validator` the output validator, `program` programs of any kind, `submissions` the package's own
//! submissions and what is expected of them, `include` the files put beside every submission.
mod cases;
mod constants;
mod include;
mod latest;
mod legacy;
mod metadata;
mod program;
mod submissions;
mod validator;
mod words;

use super::package::{Format, Package, PackageTest, Scoring, Submission};
use super::problem::{Place, Problems};
use super::tree::Tree;
use crate::model::Group;
use crate::profile::Profiles;
use constants::Constants;
use metadata::Metadata;
use std::collections::BTreeMap;
use std::path::Path;

/// Of the format. What lies between is a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Legacy,
    Latest,
}

/// What every part of the reader needs.
struct Reader<'a> {
    tree: &'a Tree,
    profiles: &'a Profiles,
    problems: &'a Problems,
    constants: Constants,
    version: Version,
}

/// Tests and groups in the order they are run.
#[derive(Debug, Default)]
struct Tests {
    tests: Vec<PackageTest>,
    groups: Vec<Group>,
}

/// Reads a package; `None` only where there are errors.
pub(super) fn read(name: &str, folder: &Path, tree: &Tree, profiles: &Profiles, problems: &Problems) -> Option<Package> {
    let metadata = Metadata::read(tree, folder, problems)?;
    let constants = Constants::new(metadata.constants.clone());
    let reader = Reader { tree, profiles, problems, constants, version: metadata.version };
    reader.tell_of_what_is_missing();
    let mut tests = match metadata.version {
        Version::Legacy => reader.legacy_tests(&metadata),
        Version::Latest => reader.latest_tests(&metadata),
    };
    if tests.tests.is_empty() {
        problems.error(Place::file(Path::new("data")), "there are no tests: put NAME.in and NAME.ans into data/secret");
    }
    // Where nobody judges there is an error; the rest is looked at all the same.
    let judged_by = reader.output_validator(&metadata, &mut tests.tests).unwrap_or_default();
    let included = reader.included();
    let submissions = reader.submissions(metadata.scoring, &tests.tests);
    Some(Package {
        name: name.to_owned(),
        title: metadata.title.unwrap_or_else(|| name.to_owned()),
        format: match metadata.version {
            Version::Legacy => Format::IcpcLegacy,
            Version::Latest => Format::Icpc2025,
        },
        scoring: metadata.scoring,
        limits: metadata.limits,
        tests: tests.tests,
        groups: tests.groups,
        checker: judged_by.checker,
        interactor: judged_by.interactor,
        passes: judged_by.passes,
        input_file: None,
        output: None,
        included,
        languages: metadata.languages,
        submissions,
        warnings: Vec::new(),
        folder: folder.to_owned(),
        unpacked: None,
    })
}

/// The submissions of a package of another format that keeps them as legacy packages do.
pub(super) fn own_submissions(
    tree: &Tree,
    profiles: &Profiles,
    problems: &Problems,
    scoring: Scoring,
    tests: &[PackageTest],
) -> Vec<Submission> {
    let constants = Constants::new(BTreeMap::new());
    Reader { tree, profiles, problems, constants, version: Version::Legacy }.submissions(scoring, tests)
}

impl Reader<'_> {
    /// What a package should have, but can be judged with without; and what it can't have here.
    fn tell_of_what_is_missing(&self) {
        let (statement, validator) = match self.version {
            Version::Legacy => ("problem_statement", "output_validator"),
            Version::Latest => ("statement", "output_validators"),
        };
        let root = Place::file(Path::new(""));
        if self.tree.children(statement).next().is_none() {
            self.problems.warning(root, format!("there is no {statement}/: contest systems want a statement"));
        }
        if ["input_validators", "input_format_validators"].iter().all(|dir| self.tree.children(dir).next().is_none()) {
            self.problems.warning(root, "there is no input_validators/: nothing checks the test data");
        }
        if self.tree.is_folder("static_validator") {
            let place = Place::file(Path::new("static_validator"));
            self.problems.error(place, "static validators are not supported: submissions are judged by what they do, not by their text");
        }
        if self.tree.is_folder("graders") {
            self.problems.error(Place::file(Path::new("graders")), "custom graders are not supported; use the default grader's flags");
        }
        if self.tree.is_folder(validator) {
            let place = Place::file(Path::new(validator));
            let (right, version) =
                if self.version == Version::Legacy { ("output_validators", "legacy") } else { ("output_validator", "2025-09") };
            self.problems.error(place, format!("a package of the version {version} has {right}/ instead; rename it"));
        }
    }
}
