//! What a class came to.
use super::word;
use crate::model::{ErrorReport, Response, TestReport, Verdict};
use serde::{Deserialize, Serialize};

/// A class's results on one problem; `--json` writes it as it is.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The format's version.
    pub schema: u32,
    /// The problem, as people call it.
    pub title: String,
    /// The package's name.
    pub package: String,
    /// When it was made, for people.
    pub made: String,
    /// The problem's tests, in order.
    pub tests: Vec<TestInfo>,
    /// One for each submission, by name.
    pub students: Vec<Record>,
}

/// A test of the problem.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TestInfo {
    /// Its id.
    pub id: String,
    /// The group it belongs to.
    pub group: Option<String>,
    /// Whether students may see input, answer and what they wrote.
    pub visible: bool,
    /// What it is there for. For the staff.
    pub description: Option<String>,
    /// For those who fail it.
    pub hint: Option<String>,
    /// The head of its input.
    #[serde(skip)]
    pub input: Excerpt,
    /// The head of its answer.
    #[serde(skip)]
    pub answer: Option<Excerpt>,
}

/// The head of something, and how long it is.
#[derive(Debug, Clone, Default)]
pub struct Excerpt {
    /// Its first bytes.
    pub head: Vec<u8>,
    /// How many it has in all.
    pub bytes: u64,
}

/// A submission and what came of it: a line of the results file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// What tells it from the others.
    pub key: String,
    /// Whose it is.
    pub name: String,
    /// Of everything that decides its result: its files, its language, the package, the options. Empty: nothing was judged.
    pub hash: String,
    /// The language it was taken for.
    pub language: Option<String>,
    /// Its files.
    pub files: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a submission.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was judged.
    Judged(Box<Response>),
    /// The judge could not.
    Error(ErrorReport),
    /// It is not clear what is to be judged.
    Problem(String),
}

impl Record {
    /// The response, where it was judged.
    pub fn response(&self) -> Option<&Response> {
        match &self.outcome {
            Outcome::Judged(response) => Some(response),
            Outcome::Error(_) | Outcome::Problem(_) => None,
        }
    }

    /// Why it was not judged.
    pub fn why_not(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Judged(_) => None,
            Outcome::Error(e) if e.path.is_empty() => Some(e.message.clone()),
            Outcome::Error(e) => Some(format!("{}: {}", e.path, e.message)),
            Outcome::Problem(problem) => Some(problem.clone()),
        }
    }

    /// Whether it is done: judged, and not by a judge that failed.
    pub fn is_settled(&self) -> bool {
        self.response().is_some_and(|r| r.verdict != Verdict::Ie)
    }

    /// The first test that is not passed, and its place.
    pub(super) fn first_failed(&self) -> Option<(usize, &TestReport)> {
        let tests = &self.response()?.tests;
        tests.iter().enumerate().find(|(_, t)| !t.verdict.passed() && t.verdict != Verdict::Sk)
    }

    /// What was reached of what: points, or tests where the problem gives no points.
    pub(super) fn score(&self) -> (String, String) {
        match self.response() {
            Some(r) if r.max_points > 0.0 => (word::points(r.points), word::points(r.max_points)),
            Some(r) => (self.passed().to_string(), r.tests.len().to_string()),
            None => (String::new(), String::new()),
        }
    }

    pub(super) fn passed(&self) -> usize {
        self.response().map_or(0, |r| r.tests.iter().filter(|t| t.verdict.passed()).count())
    }
}
