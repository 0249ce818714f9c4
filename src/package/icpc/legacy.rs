//! Groups and points of the legacy format ("Test Data Groups", "Graders"): the default grader's flags become the
//! groups' own rules.
//!
//! | verdict mode | scores | here |
//! | --- | --- | --- |
//! | `worst_error`, `first_error` | `sum` | `all`: the sum if everything was accepted, else nothing |
//! | | `min` | `min` |
//! | | `avg`, `max` of tests worth the same | `min`: one that failed takes all |
//! | `always_accept`, `accept_if_any_accepted` | each | the same |
use super::cases::{Inherited, is_files};
use super::metadata::Metadata;
use super::{Reader, Tests, words};
use crate::model::{Aggregate, Group, StopOn};
use crate::package::fields::{Fields, Unknown};
use crate::package::package::{PackageTest, Scoring};
use crate::package::problem::Place;
use std::path::Path;

/// `testdata.yaml`. A folder without one has that of the nearest folder around it.
#[derive(Debug, Clone)]
struct Settings {
    /// Where it is written.
    file: String,
    go_on: bool,
    /// Verdict mode: whether one failure takes all points.
    strict: bool,
    aggregate: Aggregate,
    ignore_sample: bool,
    accept_score: f64,
    most: Option<f64>,
    inherited: Inherited,
}

impl Settings {
    fn new(metadata: &Metadata) -> Self {
        Self {
            file: "data/testdata.yaml".to_owned(),
            go_on: false,
            strict: true,
            aggregate: Aggregate::Sum,
            ignore_sample: false,
            accept_score: 1.0,
            most: None,
            inherited: Inherited { validator_args: metadata.validator_flags.clone(), ..Inherited::default() },
        }
    }
}

impl Reader<'_> {
    pub(super) fn legacy_tests(&self, metadata: &Metadata) -> Tests {
        let mut out = Tests::default();
        let root = self.testdata("data", &Settings::new(metadata), metadata);
        for (name, _) in self.tree.children("data").filter(|(_, e)| e.folder) {
            if !matches!(name, "sample" | "secret") {
                let file = format!("data/{name}");
                self.problems.warning(Place::file(Path::new(&file)), "is neither sample nor secret, and ignored");
            }
        }
        for name in ["sample", "secret"] {
            if self.tree.is_folder(&format!("data/{name}")) {
                self.folder(name, &root, metadata, &mut out);
            } else if name == "secret" {
                self.problems.error(Place::file(Path::new("data")), "there is no data/secret; the secret tests are there");
            }
        }
        for test in &mut out.tests {
            test.full_feedback = test.sample;
        }
        self.fold_root(&root, metadata, &mut out);
        out
    }

    /// A folder and those in it, by name; tests and folders may be mixed.
    fn folder(&self, id: &str, around: &Settings, metadata: &Metadata, out: &mut Tests) {
        let dir = format!("data/{id}");
        let settings = self.testdata(&dir, around, metadata);
        let mut tests = self.cases(id, &settings.inherited);
        let names = self.tree.children(&dir).filter(|(name, e)| e.folder && !is_files(name));
        let folders: Vec<&str> = names.map(|(name, _)| name).collect();
        self.give_points(id, &settings, metadata, &mut tests, &folders, out);
        let mut tests = tests.into_iter().peekable();
        for name in folders {
            let inner = format!("{id}/{name}");
            while let Some(test) = tests.next_if(|test| test.id < inner) {
                out.tests.push(test);
            }
            self.folder(&inner, &settings, metadata, out);
        }
        out.tests.extend(tests);
    }

    fn give_points(
        &self,
        id: &str,
        settings: &Settings,
        metadata: &Metadata,
        tests: &mut [PackageTest],
        folders: &[&str],
        out: &mut Tests,
    ) {
        // "break": what is left of the group is not run.
        let stop_on = Some(if settings.go_on { StopOn::Never } else { StopOn::GroupFailure });
        let mut group = Group { id: id.to_owned(), points: None, aggregate: None, requires: Vec::new(), stop_on };
        if metadata.scoring == Scoring::PassFail {
            out.groups.push(group);
            return;
        }
        let scores = metadata.scores;
        #[expect(clippy::cast_precision_loss, reason = "a count of tests")]
        let count = tests.len().max(1) as f64;
        let each = match settings.most.filter(|_| scores) {
            Some(most) if settings.aggregate == Aggregate::Sum => Some(most / count),
            Some(most) => Some(most),
            None if scores => None,
            None => Some(settings.accept_score),
        };
        for test in tests.iter_mut() {
            test.points = each;
        }
        let place = Place::file(Path::new(&settings.file));
        group.aggregate = Some(match (settings.strict, settings.aggregate) {
            (true, Aggregate::Sum) if scores => {
                self.problems.warning(place, format!("{id}: a test that isn't accepted costs its own points only, not those of its group"));
                Aggregate::Sum
            }
            (true, Aggregate::Sum) => Aggregate::All,
            (true, Aggregate::Avg | Aggregate::Max) if scores || !folders.is_empty() => {
                let message = format!(
                    "{id}: `avg` and `max` without `always_accept` are supported for tests worth the same only; add it, or use `min`"
                );
                self.problems.error(place, message);
                Aggregate::Min
            }
            (true, _) => Aggregate::Min,
            (false, aggregate) => aggregate,
        });
        out.groups.push(group);
    }

    /// The group `data` around the two is no group here: what it says is said of them.
    fn fold_root(&self, root: &Settings, metadata: &Metadata, out: &mut Tests) {
        let scoring = metadata.scoring == Scoring::Points;
        let has_sample = out.groups.iter().any(|g| g.id == "sample");
        let place = Place::file(Path::new(&root.file));
        if scoring && has_sample && !root.ignore_sample && root.aggregate != Aggregate::Sum {
            let message =
                "the group around sample and secret must have `sum`, or `ignore_sample`; other ways to join the two are not supported";
            self.problems.error(place, message);
        }
        let no_points = scoring && (root.ignore_sample || root.strict);
        if scoring && has_sample && root.strict && !root.ignore_sample {
            let message = "a failed sample takes all points here, and samples give none; say so with `grader_flags: ignore_sample`";
            self.problems.warning(place, message);
        }
        for group in &mut out.groups {
            if group.id == "sample" {
                if !root.go_on && group.stop_on == Some(StopOn::GroupFailure) {
                    group.stop_on = Some(StopOn::FirstFailure);
                }
                if no_points {
                    (group.points, group.aggregate) = (Some(0.0), Some(Aggregate::All));
                }
            }
            if group.id == "secret" && scoring && has_sample && root.strict && !root.ignore_sample {
                group.requires = vec!["sample".to_owned()];
            }
        }
    }

    fn testdata(&self, dir: &str, around: &Settings, metadata: &Metadata) -> Settings {
        let file = format!("{dir}/testdata.yaml");
        let wrong = format!("{dir}/test_group.yaml");
        if self.tree.is_file(&wrong) {
            let message = "is of the version 2025-09; in the legacy format it is testdata.yaml (or set `problem_format_version: 2025-09`)";
            self.problems.error(Place::file(Path::new(&wrong)), message);
        }
        let Some(text) = self.tree.text(&file, self.problems) else { return around.clone() };
        let Some(fields) = Fields::parse(Path::new(&file), &text, Unknown::Warning, self.problems) else { return around.clone() };
        let mut settings = Settings { file: file.clone(), ..Settings::new(metadata) };
        if let Some((word, node)) = fields.text("on_reject") {
            match word.as_str() {
                "break" => {}
                "continue" => settings.go_on = true,
                // What older packages say for the two.
                "first_error" => {}
                "worst_error" | "grade" => settings.go_on = true,
                other => fields.error(&node, format!("`on_reject` must be `break` or `continue`, not {other:?}")),
            }
        }
        if let Some((word, node)) = fields.text("grading").filter(|(word, _)| word != "default") {
            fields.error(&node, format!("`grading: {word}` is not supported; use the default grader and its flags"));
        }
        if let Some((flags, node)) = fields.text("grader_flags") {
            for flag in flags.split_whitespace() {
                match flag {
                    "worst_error" | "first_error" => settings.strict = true,
                    "always_accept" | "accept_if_any_accepted" => settings.strict = false,
                    "sum" => settings.aggregate = Aggregate::Sum,
                    "avg" => settings.aggregate = Aggregate::Avg,
                    "min" => settings.aggregate = Aggregate::Min,
                    "max" => settings.aggregate = Aggregate::Max,
                    "ignore_sample" if dir == "data" => settings.ignore_sample = true,
                    "ignore_sample" => fields.error(&node, "`ignore_sample` is for data/testdata.yaml only"),
                    other => fields.error(&node, format!("the default grader has no flag {other:?}")),
                }
            }
            if !settings.strict && metadata.scoring == Scoring::PassFail {
                fields.error(
                    &node,
                    "a pass-fail problem is accepted when every test is; `always_accept` and `accept_if_any_accepted` are for scoring",
                );
            }
        }
        if let Some(flags) = validator_flags(&fields) {
            settings.inherited.validator_args.extend(flags);
        }
        settings.accept_score = fields.number("accept_score", "a number from 0", |n| n >= 0.0).map_or(1.0, |(n, _)| n);
        if let Some((score, node)) = fields.number("reject_score", "a number", |_| true)
            && score != 0.0
        {
            fields.error(&node, format!("`reject_score: {score}` is not supported: a test that isn't accepted gives no points"));
        }
        settings.most = range(&fields);
        fields.ignore(&["input_validator_flags"]);
        fields.finish();
        settings
    }
}

/// `output_validator_flags`: a text, or a map of the validator's name and its flags.
fn validator_flags(fields: &Fields<'_>) -> Option<Vec<String>> {
    let is_map = fields.peek("output_validator_flags").is_some_and(|n| n.kind() == "a map");
    let (flags, node) = if is_map {
        let map = fields.map("output_validator_flags")?;
        map.ignore(&["name"]);
        let flags = map.text("flags");
        map.finish();
        flags?
    } else {
        fields.text("output_validator_flags")?
    };
    words::split(&flags).map_err(|e| fields.error(&node, format!("`output_validator_flags`: {e}"))).ok()
}
/// `range: 0 100`; the most points.
fn range(fields: &Fields<'_>) -> Option<f64> {
    let (text, node) = fields.text("range")?;
    let read = |word: &str| match word.trim_start_matches('+') {
        "inf" => Some(f64::INFINITY),
        word => word.parse::<f64>().ok().filter(|n| !n.is_nan()),
    };
    let ends: Vec<Option<f64>> = text.split_whitespace().map(read).collect();
    let [Some(from), Some(to)] = ends[..] else {
        fields.error(&node, format!("`range` must be two numbers, such as `0 100`, not {text:?}"));
        return None;
    };
    if from > to || to < 0.0 {
        fields.error(&node, format!("`range: {text}` has no points to give"));
    }
    Some(to).filter(|to| to.is_finite() && *to >= 0.0)
}
