//! Polygon packages (<https://polygon.codeforces.com>): `problem.xml` describes all.
//!
//! The format has no specification; what is read here is what Polygon writes: limits in milliseconds and bytes, tests by
//! path patterns (`tests/%02d`), groups with points and dependencies, testlib checker and interactor, solutions with tags.
//! Only packages with their tests made ("full" ones, for Linux) can be used: nothing of a package is run to make them.
mod groups;
mod programs;
mod testset;

use super::package::{Format, Margins, Package, PackageLimits, Scoring};
use super::problem::{Place, Problems};
use super::tree::Tree;
use crate::model::{BoxName, LimitsRequest, Millis, Output};
use crate::profile::Profiles;
use roxmltree::{Document, Node};
use std::path::Path;

const FILE: &str = "problem.xml";

/// The document and what every part of the reader needs.
struct Reader<'a> {
    tree: &'a Tree,
    profiles: &'a Profiles,
    problems: &'a Problems,
    document: &'a Document<'a>,
}

/// Reads a package; `None` only where there are errors.
pub(super) fn read(name: &str, folder: &Path, tree: &Tree, profiles: &Profiles, problems: &Problems) -> Option<Package> {
    let text = tree.text(FILE, problems)?;
    let document = match Document::parse(&text) {
        Ok(document) => document,
        Err(e) => {
            problems.error(Place::line(Path::new(FILE), e.pos().row as usize), format!("not XML: {e}"));
            return None;
        }
    };
    Reader { tree, profiles, problems, document: &document }.package(name, folder)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.has_tag_name(name))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |n| n.has_tag_name(name))
}

impl Reader<'_> {
    fn place(&self, node: Node<'_, '_>) -> Place<'static> {
        Place::line(Path::new(FILE), self.document.text_pos_at(node.range().start).row as usize)
    }

    fn error(&self, node: Node<'_, '_>, message: impl Into<String>) {
        self.problems.error(self.place(node), message);
    }

    fn package(&self, name: &str, folder: &Path) -> Option<Package> {
        let root = self.document.root_element();
        if !root.has_tag_name("problem") {
            self.error(root, format!("the document is a <{}>, not a <problem> of Polygon", root.tag_name().name()));
            return None;
        }
        let Some(judging) = child(root, "judging") else {
            self.error(root, "there is no <judging> in it, so there are no tests");
            return None;
        };
        let testset = self.testset(judging)?;
        let (mut tests, groups) = self.tests_and_groups(testset);
        let (checker, interactor) = self.judges(root);
        let file = |key: &str, standard: &str| {
            let name = judging.attribute(key).filter(|n| !n.is_empty() && *n != standard)?;
            BoxName::new(name).map_err(|e| self.error(judging, format!("{key}: {e}"))).ok()
        };
        for test in &mut tests {
            test.checker_args.clear();
        }
        let points = tests.iter().any(|t| t.points.is_some()) || groups.iter().any(|g| g.points.is_some());
        let run = LimitsRequest { memory_bytes: self.number(testset, "memory-limit"), ..LimitsRequest::default() };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
        let time = self.number(testset, "time-limit").and_then(|ms| Millis::new(ms as f64));
        Some(Package {
            name: name.to_owned(),
            title: title(root).unwrap_or_else(|| name.to_owned()),
            format: Format::Polygon,
            scoring: if points { Scoring::Points } else { Scoring::PassFail },
            limits: PackageLimits { time, margins: Margins::NONE, run, compile: LimitsRequest::default(), code_bytes: None },
            tests,
            groups,
            checker,
            interactor,
            passes: None,
            input_file: file("input-file", "stdin"),
            output: file("output-file", "stdout").map(|file| Output { file }),
            included: self.included(root),
            languages: None,
            submissions: self.solutions(root),
            warnings: Vec::new(),
            folder: folder.to_owned(),
            unpacked: None,
        })
    }

    /// The text of a child as a number, which must be there.
    fn number(&self, node: Node<'_, '_>, name: &str) -> Option<u64> {
        let Some(found) = child(node, name) else {
            self.error(node, format!("<{name}> is missing here"));
            return None;
        };
        let text = found.text().unwrap_or_default().trim();
        let number = text.parse().ok().filter(|n| (1..1 << 50).contains(n));
        if number.is_none() {
            self.error(found, format!("<{name}> must be a whole number above 0, not {text:?}"));
        }
        number
    }
}

/// The English name, or the first.
fn title(root: Node<'_, '_>) -> Option<String> {
    let names = child(root, "names")?;
    let english = children(names, "name").find(|n| n.attribute("language") == Some("english"));
    english.or_else(|| child(names, "name"))?.attribute("value").map(str::to_owned)
}
