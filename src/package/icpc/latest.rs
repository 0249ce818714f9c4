//! Groups and points of 2025-09 ("Test data configuration", "Result aggregation").
use super::cases::Inherited;
use super::cases::is_files;
use super::metadata::Metadata;
use super::{Reader, Tests};
use crate::model::{Aggregate, Group};
use crate::package::fields::{Fields, Unknown};
use crate::package::package::{PackageTest, Scoring};
use crate::package::problem::Place;
use crate::package::yaml::Node;
use std::path::Path;

/// `score_aggregation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregation {
    PassFail,
    Sum,
    Min,
}

/// `max_score`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Most {
    Unbounded,
    Points(f64),
}

impl Most {
    fn points(self) -> Option<f64> {
        match self {
            Self::Unbounded => None,
            Self::Points(points) => Some(points),
        }
    }
}

/// `test_group.yaml`.
#[derive(Debug, Default)]
struct Settings {
    max_score: Option<Most>,
    aggregation: Option<Aggregation>,
    require_pass: Vec<(String, usize)>,
    inherited: Inherited,
}

/// A folder with tests.
struct Part {
    id: String,
    settings: Settings,
    tests: Vec<PackageTest>,
}

impl Reader<'_> {
    pub(super) fn latest_tests(&self, metadata: &Metadata) -> Tests {
        let mut out = Tests::default();
        for (name, _) in self.tree.children("data").filter(|(_, e)| e.folder) {
            if !matches!(name, "sample" | "secret" | "invalid_input" | "invalid_output" | "valid_output") {
                let file = format!("data/{name}");
                self.problems.warning(Place::file(Path::new(&file)), "is none of the folders of the format, and ignored");
            }
        }
        let scoring = metadata.scoring == Scoring::Points;
        if self.tree.is_folder("data/sample") {
            let settings = self.settings("sample", metadata);
            let tests = self.cases_below("sample", &settings.inherited, false);
            out.groups.push(group("sample", scoring.then_some(0.0), scoring.then_some(Aggregate::All)));
            out.tests.extend(tests);
        }
        if !self.tree.is_folder("data/secret") {
            self.problems.error(Place::file(Path::new("data")), "there is no data/secret; the secret tests are there");
            return out;
        }
        let settings = self.settings("secret", metadata);
        let tests = self.cases("secret", &settings.inherited);
        let groups: Vec<String> = self.subfolders("data/secret").map(|name| format!("secret/{name}")).collect();
        if !tests.is_empty() && !groups.is_empty() {
            let place = Place::file(Path::new("data/secret"));
            self.problems.error(place, "has tests as well as groups; move the tests into a group");
        }
        let parts: Vec<Part> = groups.into_iter().map(|id| self.part(id, metadata)).collect();
        if scoring {
            self.score(Part { id: "secret".to_owned(), settings, tests }, parts, &mut out);
        } else {
            out.groups.push(group("secret", None, None));
            out.tests.extend(tests);
            for part in parts {
                out.groups.push(group(&part.id, None, None));
                out.tests.extend(part.tests);
            }
        }
        out
    }

    fn subfolders(&self, dir: &str) -> impl Iterator<Item = &str> {
        self.tree.children(dir).filter(|(name, e)| e.folder && !is_files(name)).map(|(name, _)| name)
    }

    fn part(&self, id: String, metadata: &Metadata) -> Part {
        let settings = self.settings(&id, metadata);
        let tests = self.cases_below(&id, &settings.inherited, true);
        if tests.is_empty() {
            let file = format!("data/{id}");
            self.problems.error(Place::file(Path::new(&file)), "the group has no test; add one, or remove the folder");
        }
        Part { id, settings, tests }
    }

    /// The tests of a group, those in folders within it too; such folders are no groups.
    fn cases_below(&self, id: &str, inherited: &Inherited, folders: bool) -> Vec<PackageTest> {
        let mut tests = self.cases(id, inherited);
        for name in self.subfolders(&format!("data/{id}")) {
            let inner = format!("{id}/{name}");
            let file = format!("data/{inner}/test_group.yaml");
            if self.tree.is_file(&file) {
                self.problems.error(Place::file(Path::new(&file)), "groups don't nest in this version of the format");
            } else if !folders {
                let file = format!("data/{inner}");
                self.problems.error(Place::file(Path::new(&file)), "samples have no folders within them; move the tests up");
            }
            tests.extend(self.cases_below(&inner, inherited, folders));
        }
        for test in &mut tests {
            test.group = Some(id.to_owned());
        }
        tests.sort_by(|a, b| a.id.cmp(&b.id));
        tests
    }

    fn settings(&self, id: &str, metadata: &Metadata) -> Settings {
        let file = format!("data/{id}/test_group.yaml");
        let sample = id == "sample";
        let mut settings = Settings { inherited: Inherited { full_feedback: sample, ..Inherited::default() }, ..Settings::default() };
        let wrong = format!("data/{id}/testdata.yaml");
        if self.tree.is_file(&wrong) {
            self.problems.error(Place::file(Path::new(&wrong)), "is of the legacy format; in this version it is test_group.yaml");
        }
        let Some(text) = self.text(&file) else { return settings };
        let Some(fields) = Fields::parse(Path::new(&file), &text, Unknown::Error, self.problems) else { return settings };
        let scoring = metadata.scoring == Scoring::Points && !sample;
        for key in ["max_score", "score_aggregation", "require_pass"] {
            if fields.has(key) && !scoring {
                let whose = if sample { "samples" } else { "pass-fail problems" };
                if let Some(node) = fields.node(key) {
                    fields.error(&node, format!("`{key}` is not for {whose}; remove it"));
                }
            }
        }
        settings.max_score = max_score(&fields);
        settings.aggregation = fields.text("score_aggregation").and_then(|(word, node)| match word.as_str() {
            "pass-fail" => Some(Aggregation::PassFail),
            "sum" => Some(Aggregation::Sum),
            "min" => Some(Aggregation::Min),
            other => {
                fields.error(&node, format!("`score_aggregation` must be `pass-fail`, `sum` or `min`, not {other:?}"));
                None
            }
        });
        if let Some((groups, node)) = fields.texts("require_pass") {
            settings.require_pass = groups.into_iter().map(|g| (g, node.line)).collect();
        }
        for key in ["static_validation_score", "static_validator_args"] {
            if let Some(node) = fields.node(key) {
                fields.error(&node, format!("`{key}`: static validators are not supported"));
            }
        }
        settings.inherited.args = fields.texts("args").map(|(args, _)| args).unwrap_or_default();
        settings.inherited.validator_args = fields.texts("output_validator_args").map(|(args, _)| args).unwrap_or_default();
        settings.inherited.full_feedback = fields.truth("full_feedback").unwrap_or(sample);
        fields.ignore(&["input_validator_args", "input_visualizer_args", "output_visualizer_args"]);
        fields.finish();
        settings
    }

    /// "Scoring problems": the most points of each test and group.
    fn score(&self, secret: Part, parts: Vec<Part>, out: &mut Tests) {
        let most = secret.settings.max_score.unwrap_or(Most::Points(100.0)).points();
        let aggregation = secret.settings.aggregation.unwrap_or(Aggregation::Sum);
        let requires = self.requires(&secret, &["sample".to_owned()], out);
        if parts.is_empty() {
            self.score_part(secret, most, aggregation, requires, out);
            return;
        }
        let file = "data/secret/test_group.yaml";
        let place = Place::file(Path::new(file));
        let (points, aggregate) = match aggregation {
            // Its own points if everything passes, whatever the groups have.
            Aggregation::PassFail => (most, Aggregate::All),
            Aggregation::Sum => (None, Aggregate::Sum),
            Aggregation::Min => (None, Aggregate::Min),
        };
        out.groups.push(Group { requires, ..group("secret", points, Some(aggregate)) });
        let (mut sum, mut names) = (0.0, vec!["sample".to_owned()]);
        for part in parts {
            let file = format!("data/{}/test_group.yaml", part.id);
            let own = part.settings.max_score.and_then(Most::points);
            let kind = part.settings.aggregation.unwrap_or(Aggregation::PassFail);
            if own.is_none() && most.is_some() {
                let message = "the group needs a `max_score`, since data/secret has one (100 unless it says otherwise)";
                self.problems.error(Place::file(Path::new(&file)), message);
            }
            if aggregation == Aggregation::PassFail && kind != Aggregation::PassFail {
                self.problems.error(Place::file(Path::new(&file)), "must have `score_aggregation: pass-fail` as data/secret has");
            }
            sum += own.unwrap_or(0.0);
            let requires = self.requires(&part, &names, out);
            names.push(part.id.clone());
            self.score_part(part, own, kind, requires, out);
        }
        match most {
            Some(most) if aggregation == Aggregation::Sum && sum > most => {
                self.problems.error(place, format!("the groups give {sum} points together, more than the {most} of data/secret"));
            }
            Some(most) if aggregation == Aggregation::Sum && sum < most => {
                self.problems.warning(place, format!("the groups give {sum} points together, fewer than the {most} of data/secret"));
            }
            _ => {}
        }
    }

    /// A group, or `secret`, with tests right in it.
    fn score_part(&self, mut part: Part, most: Option<f64>, aggregation: Aggregation, requires: Vec<String>, out: &mut Tests) {
        #[expect(clippy::cast_precision_loss, reason = "a count of tests")]
        let count = part.tests.len().max(1) as f64;
        let (points, each, aggregate) = match aggregation {
            Aggregation::PassFail => {
                if most.is_none() {
                    let file = format!("data/{}/test_group.yaml", part.id);
                    let message = "a group that passes or fails needs a `max_score`; give one, or another `score_aggregation`";
                    self.problems.error(Place::file(Path::new(&file)), message);
                }
                (most, None, Aggregate::All)
            }
            Aggregation::Sum => (None, most.map(|m| m / count), Aggregate::Sum),
            Aggregation::Min => (None, most, Aggregate::Min),
        };
        for test in &mut part.tests {
            test.points = each;
        }
        out.groups.push(Group { requires, ..group(&part.id, points, Some(aggregate)) });
        out.tests.append(&mut part.tests);
    }

    /// "Group dependencies": only on groups that stand before, and that pass or fail.
    fn requires(&self, part: &Part, before: &[String], out: &Tests) -> Vec<String> {
        let file = format!("data/{}/test_group.yaml", part.id);
        let mut requires = Vec::new();
        for (name, line) in &part.settings.require_pass {
            let place = Place::line(Path::new(&file), *line);
            // In the wild the name is often the folder's alone.
            let full = [name.clone(), format!("secret/{name}")].into_iter().find(|n| before.contains(n));
            let found = full.and_then(|name| out.groups.iter().find(|g| g.id == name));
            match found {
                None => {
                    let known = before.join(", ");
                    self.problems.error(place, format!("`require_pass`: there is no group {name:?} before this one; there are {known}"));
                }
                Some(group) if group.aggregate != Some(Aggregate::All) => {
                    self.problems.error(place, format!("`require_pass`: {name} must have `score_aggregation: pass-fail`"));
                }
                Some(group) => requires.push(group.id.clone()),
            }
        }
        requires
    }
}

fn max_score(fields: &Fields<'_>) -> Option<Most> {
    let is_unbounded = |node: &Node| matches!(&node.value, crate::package::yaml::Value::Scalar { text, .. } if text == "unbounded");
    let node = fields.peek("max_score")?;
    if is_unbounded(&node) {
        fields.node("max_score");
        return Some(Most::Unbounded);
    }
    let (points, _) = fields.whole("max_score", "a whole number, or `unbounded`", |n| n <= 1_000_000_000)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 10^9")]
    Some(Most::Points(points as f64))
}

fn group(id: &str, points: Option<f64>, aggregate: Option<Aggregate>) -> Group {
    Group { id: id.to_owned(), points, aggregate, requires: Vec::new(), stop_on: None }
}
