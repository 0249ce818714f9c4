//! The package's own submissions, and what is expected of them: from their folder, from submissions.yaml, and from what
//! DOMjudge reads in the source (`@EXPECTED_RESULTS@`).
use super::program::Hints;
use super::{Reader, Version};
use crate::model::Verdict;
use crate::package::expected::{Expected, PointsRule, Rule, Verdicts};
use crate::package::fields::{Fields, Unknown};
use crate::package::glob::Glob;
use crate::package::package::{PackageTest, Scoring, Submission};
use crate::package::problem::Place;
use crate::package::yaml::{Node, Value};
use std::fs;
use std::path::Path;

/// A top-level entry of submissions.yaml.
struct Entry {
    glob: Glob,
    line: usize,
    hints: Hints,
    /// What it says of all tests; keys it leaves out are `None`.
    own: Rule,
    /// What it says of some.
    parts: Vec<Rule>,
    used: std::cell::Cell<bool>,
}

const FILE: &str = "submissions/submissions.yaml";
const ANY: Verdicts = Verdicts::AC.or(Verdicts::WA).or(Verdicts::TLE).or(Verdicts::RTE);

/// What a folder's name promises ("Example submissions", "Default directories").
pub(super) fn folder_rule(folder: &str, version: Version, scoring: Scoring) -> Option<Rule> {
    let mut rule = Rule::new(format!("folder {folder}"));
    let (ac, wa, tle, rte) = (Verdicts::AC, Verdicts::WA, Verdicts::TLE, Verdicts::RTE);
    let (permitted, required) = match (folder, version) {
        ("accepted", _) => (Some(ac), None),
        ("rejected", _) => (None, Some(wa.or(tle).or(rte))),
        ("wrong_answer", _) => (Some(ac.or(wa)), Some(wa)),
        ("time_limit_exceeded", Version::Latest) => (Some(ac.or(tle)), Some(tle)),
        // "May also give wrong answer but not crash for any test case."
        ("time_limit_exceeded", Version::Legacy) => (Some(ac.or(wa).or(tle)), Some(tle)),
        ("run_time_error", Version::Latest) => (Some(ac.or(rte)), Some(rte)),
        ("run_time_error", Version::Legacy) => (None, Some(rte)),
        ("brute_force", _) => (Some(ac.or(rte).or(tle)), Some(rte.or(tle))),
        ("partially_accepted", _) if scoring == Scoring::Points => {
            rule.points = Some(PointsRule::NotAll);
            (None, Some(ac))
        }
        // In no version of the format; DOMjudge has it.
        ("compiler_error", _) => {
            rule.overall = Some(Verdicts::of(&[Verdict::Ce]));
            (None, None)
        }
        _ => return None,
    };
    (rule.permitted, rule.required) = (permitted, required);
    // "Time limit inference": legacy looks at the accepted ones only.
    rule.lower = match version {
        Version::Legacy => folder == "accepted",
        Version::Latest => permitted.is_some_and(|p| p.is_disjoint(tle)),
    };
    rule.upper = required == Some(tle);
    Some(rule)
}

impl Reader<'_> {
    pub(super) fn submissions(&self, scoring: Scoring, tests: &[PackageTest]) -> Vec<Submission> {
        let entries = self.entries(scoring, tests);
        let mut submissions = Vec::new();
        for (folder, entry) in self.tree.children("submissions") {
            if !entry.folder {
                if folder != "submissions.yaml" && !folder.to_ascii_lowercase().starts_with("readme") {
                    let path = format!("submissions/{folder}");
                    self.problems.warning(Place::file(Path::new(&path)), "lies in no folder, such as accepted/, and is ignored");
                }
                continue;
            }
            for (name, _) in self.tree.children(&format!("submissions/{folder}")) {
                if !name.to_ascii_lowercase().starts_with("readme") {
                    submissions.extend(self.submission(folder, name, scoring, &entries));
                }
            }
        }
        for entry in entries.iter().filter(|e| !e.used.get()) {
            self.problems.warning(Place::line(Path::new(FILE), entry.line), format!("no submission matches {:?}", entry.glob.as_str()));
        }
        if !submissions.iter().any(|s| s.name.starts_with("accepted/")) {
            self.problems
                .warning(Place::file(Path::new("submissions")), "there is no accepted submission; put one into submissions/accepted/");
        }
        submissions
    }

    fn submission(&self, folder: &str, file: &str, scoring: Scoring, entries: &[Entry]) -> Option<Submission> {
        let name = format!("{folder}/{file}");
        let path = format!("submissions/{name}");
        let place = Place::file(Path::new(&path));
        let mut hints = Hints::default();
        let mut rules: Vec<Rule> = folder_rule(folder, self.version, scoring).into_iter().collect();
        if rules.is_empty() && folder == "partially_accepted" {
            self.problems.error(place, "partially_accepted is for scoring problems only");
        }
        for entry in entries.iter().filter(|e| e.glob.matches(&name)) {
            entry.used.set(true);
            hints.language = entry.hints.language.clone().or(hints.language);
            hints.entry_point = entry.hints.entry_point.clone().or(hints.entry_point);
            // "The defaults can be overwritten by simply specifying the name of the directory."
            if entry.glob.as_str().trim_end_matches('/') == folder {
                match rules.first_mut() {
                    Some(default) => replace(default, &entry.own),
                    None => rules.push(entry.own.clone()),
                }
            } else if asks(&entry.own) {
                rules.push(entry.own.clone());
            }
            rules.extend(entry.parts.iter().cloned());
        }
        // DOMjudge: "only outside the four official folders".
        if !matches!(folder, "accepted" | "wrong_answer" | "time_limit_exceeded" | "run_time_error") {
            if let Some(rule) = self.in_source(&path) {
                rules = vec![rule];
            } else if rules.is_empty() {
                let message = "nothing is known of what must come of it: it lies in no folder of the format, and neither submissions.yaml \
                               nor @EXPECTED_RESULTS@ in its source says so";
                self.problems.warning(place, message);
            }
        }
        let permitted = |r: &Rule| if r.tests.is_none() { r.permitted } else { None };
        if let Some(set) = rules.iter().filter_map(permitted).find(|set| rules.iter().filter_map(permitted).any(|o| o.is_disjoint(*set))) {
            self.problems.error(place, format!("one rule permits {set} only, another permits none of these"));
        }
        let program = self.program(&path, &hints)?;
        Some(Submission { name, file: path.into(), program, expected: Expected { unknown: rules.is_empty(), rules } })
    }

    /// `@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT`: the submission's verdict is one of these.
    fn in_source(&self, path: &str) -> Option<Rule> {
        const MARK: &str = "@EXPECTED_RESULTS@";
        let one = self.tree.get(path).filter(|e| !e.folder).map(|e| (path.to_owned(), e));
        let files = one.into_iter().chain(self.tree.files_below(path).map(|(name, e)| (format!("{path}/{name}"), e)));
        for (file, entry) in files {
            let Ok(bytes) = fs::read(&entry.path) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let Some((i, line)) = text.lines().enumerate().find(|(_, line)| line.contains(MARK)) else { continue };
            let place = Place::line(Path::new(&file), i + 1);
            let words = line.split_once(MARK).map_or("", |(_, rest)| rest).trim_start_matches([':', ' ', '\t']);
            let words = words.trim_end().trim_end_matches("*/").trim_end_matches("-->");
            let mut set = Verdicts::default();
            for word in words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
                match domjudge(word) {
                    Some(verdicts) => set = set.or(verdicts),
                    None => self.problems.error(place, format!("{MARK}: there is no result {word:?}")),
                }
            }
            if set == Verdicts::default() {
                self.problems.error(place, format!("{MARK}: no result is named; write for example `{MARK}: WRONG-ANSWER`"));
                return None;
            }
            let mut rule = Rule::new(format!("@EXPECTED_RESULTS@ in line {}", i + 1));
            rule.overall = Some(set);
            return Some(rule);
        }
        None
    }

    fn entries(&self, scoring: Scoring, tests: &[PackageTest]) -> Vec<Entry> {
        let Some(text) = self.tree.text(FILE, self.problems) else { return Vec::new() };
        let Some(fields) = Fields::parse(Path::new(FILE), &text, Unknown::Error, self.problems) else { return Vec::new() };
        let pairs = fields.rest();
        pairs.into_iter().filter_map(|(key, node)| self.entry(&fields, &key.text, key.line, &node, scoring, tests)).collect()
    }

    fn entry(&self, all: &Fields<'_>, key: &str, line: usize, node: &Node, scoring: Scoring, tests: &[PackageTest]) -> Option<Entry> {
        let place = Place::line(Path::new(FILE), line);
        let glob = Glob::new(key).map_err(|e| self.problems.error(place, e)).ok()?;
        let fields = all.inner(key.to_owned(), node)?;
        let hints =
            Hints { language: fields.text("language").map(|(text, _)| text), entry_point: fields.text("entrypoint").map(|(text, _)| text) };
        fields.ignore(&["authors", "model_solution"]);
        let own = rule(&fields, &format!("{FILE}:{line}"), scoring);
        let mut parts = Vec::new();
        for (key, node) in fields.rest() {
            let place = Place::line(Path::new(FILE), key.line);
            let looks_like_tests = matches!(node.value, Value::Map(_));
            if !looks_like_tests {
                self.problems.error(place, format!("there is no key `{}` for submissions", key.text));
                continue;
            }
            let of = match Glob::new(&key.text) {
                Ok(glob) => glob,
                Err(e) => {
                    self.problems.error(place, e);
                    continue;
                }
            };
            if !tests.iter().any(|t| of.matches(&t.id)) {
                let message = format!("no test and no group matches {:?}; they are named like `sample` and `secret/01`", key.text);
                self.problems.error(place, message);
            }
            let Some(inner) = fields.inner(key.text.clone(), &node) else { continue };
            let mut rule = rule(&inner, &format!("{FILE}:{}", key.line), scoring);
            inner.finish();
            rule.tests = Some(of);
            parts.push(rule);
        }
        Some(Entry { glob, line, hints, own, parts, used: std::cell::Cell::new(false) })
    }
}

/// What an entry, or a part of one about some tests, asks for.
fn rule(fields: &Fields<'_>, origin: &str, scoring: Scoring) -> Rule {
    let mut rule = Rule::new(origin);
    rule.permitted = verdicts(fields, "permitted");
    rule.required = verdicts(fields, "required");
    rule.message = fields.text("message").map(|(text, _)| text).filter(|text| !text.is_empty());
    rule.points = points(fields, scoring);
    rule.lower = rule.permitted.is_some_and(|p| p.is_disjoint(Verdicts::TLE));
    rule.upper = rule.required == Some(Verdicts::TLE);
    if let Some((word, node)) = fields.text("use_for_time_limit") {
        match word.as_str() {
            "true" => {}
            "false" => (rule.lower, rule.upper) = (false, false),
            "lower" => {
                rule.lower = true;
                let not_slow = Verdicts::AC.or(Verdicts::WA).or(Verdicts::RTE);
                rule.permitted = Some(rule.permitted.unwrap_or(ANY).and(not_slow));
            }
            "upper" => {
                rule.upper = true;
                rule.required = Some(Verdicts::TLE);
            }
            other => fields.error(&node, format!("`use_for_time_limit` must be true, false, lower or upper, not {other:?}")),
        }
    }
    rule
}

/// `score`: a number, or two.
fn points(fields: &Fields<'_>, scoring: Scoring) -> Option<PointsRule> {
    let (texts, node) = fields.texts("score")?;
    if scoring == Scoring::PassFail {
        fields.error(&node, "`score` is for scoring problems only");
        return None;
    }
    let numbers: Vec<Option<f64>> = texts.iter().map(|t| t.parse().ok().filter(|n: &f64| n.is_finite())).collect();
    match numbers[..] {
        [Some(points)] => Some(PointsRule::Range(points, points)),
        [Some(from), Some(to)] if from <= to => Some(PointsRule::Range(from, to)),
        _ => {
            fields.error(&node, "`score` must be a number, or a list of two: from, to");
            None
        }
    }
}
fn asks(rule: &Rule) -> bool {
    rule.permitted.is_some() || rule.required.is_some() || rule.points.is_some() || rule.message.is_some() || rule.lower || rule.upper
}

/// Keys that are given replace the default's.
fn replace(default: &mut Rule, own: &Rule) {
    if !asks(own) {
        return;
    }
    default.origin.clone_from(&own.origin);
    default.permitted = own.permitted.or(default.permitted);
    default.required = own.required.or(default.required);
    default.points = own.points.or(default.points);
    default.message = own.message.clone().or(default.message.take());
    default.lower = own.lower || (own.permitted.is_none() && default.lower);
    default.upper = own.upper || (own.required.is_none() && default.upper);
}

fn verdicts(fields: &Fields<'_>, key: &str) -> Option<Verdicts> {
    let (words, node) = fields.texts(key)?;
    let mut set = Verdicts::default();
    for word in &words {
        match word.as_str() {
            "AC" => set = set.or(Verdicts::AC),
            "WA" => set = set.or(Verdicts::WA),
            "TLE" => set = set.or(Verdicts::TLE),
            "RTE" => set = set.or(Verdicts::RTE),
            other => fields.error(&node, format!("`{}`: there is no verdict {other:?}; there are AC, WA, TLE, RTE", fields.name(key))),
        }
    }
    Some(set)
}

/// DOMjudge's names of results, old and new.
fn domjudge(word: &str) -> Option<Verdicts> {
    Some(match word.to_ascii_uppercase().replace('_', "-").as_str() {
        "CORRECT" | "ACCEPTED" => Verdicts::AC,
        "WRONG-ANSWER" | "NO-OUTPUT" | "PRESENTATION-ERROR" => Verdicts::WA,
        "TIMELIMIT" | "TIME-LIMIT" | "TIME-LIMIT-EXCEEDED" => Verdicts::TLE,
        "RUN-ERROR" | "RUN-TIME-ERROR" | "RUNTIME-ERROR" => Verdicts::RTE,
        "MEMORY-LIMIT" | "MEMORYLIMIT" | "MEMORY-LIMIT-EXCEEDED" => Verdicts::of(&[Verdict::Mle, Verdict::Re]),
        "OUTPUT-LIMIT" | "OUTPUTLIMIT" | "OUTPUT-LIMIT-EXCEEDED" => Verdicts::of(&[Verdict::Ole]),
        "COMPILER-ERROR" | "COMPILE-ERROR" => Verdicts::of(&[Verdict::Ce]),
        "CHECK-MANUALLY" => ANY,
        _ => return None,
    })
}
