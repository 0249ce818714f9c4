//! A problem package, read: whatever its format, the same types.
use super::expected::Expected;
use super::problem::Problem;
use crate::model::{BoxName, Checker, Content, Files, Group, Interactor, LimitsRequest, Millis, Output};
use crate::profile::Language;
use std::path::PathBuf;
use tempfile::TempDir;

/// A package that can be judged with.
#[derive(Debug)]
pub struct Package {
    /// Its folder's (or archive's) name.
    pub name: String,
    /// What people call it; the name where the package gives none.
    pub title: String,
    /// How it is written.
    pub format: Format,
    /// Whether points matter.
    pub scoring: Scoring,
    /// Limits of the submission.
    pub limits: PackageLimits,
    /// In the order they are run: samples first.
    pub tests: Vec<PackageTest>,
    /// Outer groups before those in them.
    pub groups: Vec<Group>,
    /// How output is compared; `None`: the interactor says.
    pub checker: Option<Checker>,
    /// Talks with the submission.
    pub interactor: Option<Interactor>,
    /// A multi-pass problem: how often a submission is run on a test at most.
    pub passes: Option<u32>,
    /// The file in which a program finds the input; it is on standard input as well.
    pub input_file: Option<BoxName>,
    /// The file a program writes instead of standard output.
    pub output: Option<Output>,
    /// Files put beside every submission before it is compiled.
    pub included: Vec<Included>,
    /// The languages that may be used, by the package's codes; `None`: all.
    pub languages: Option<Vec<String>>,
    /// The package's own.
    pub submissions: Vec<Submission>,
    /// What is odd about it, but no error.
    pub warnings: Vec<Problem>,
    /// Where its files are.
    pub folder: PathBuf,
    /// What was unpacked from an archive; gone with the package.
    #[expect(dead_code, reason = "held for its end, which removes it")]
    pub(super) unpacked: Option<TempDir>,
}

/// A package's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ICPC / Kattis, before there were versions.
    IcpcLegacy,
    /// ICPC / Kattis, version 2025-09.
    Icpc2025,
    /// Polygon, with its tests made.
    Polygon,
    /// `*.in` with `*.ans` or `*.out`, and nothing that describes them.
    Data,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::IcpcLegacy => "ICPC legacy",
            Self::Icpc2025 => "ICPC 2025-09",
            Self::Polygon => "Polygon",
            Self::Data => "test data only",
        })
    }
}

/// Whether points matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// Accepted or not.
    PassFail,
    /// Points are given.
    Points,
}

/// Limits of submissions. A language's factors apply to time and memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PackageLimits {
    /// CPU time of a test. `None`: to be calibrated from the package's own submissions, by `margins`.
    pub time: Option<Millis>,
    /// How far from the limit the package's own submissions must stay.
    pub margins: Margins,
    /// The others of a run; `cpu_time_ms` is not set here.
    pub run: LimitsRequest,
    /// Of the compiler.
    pub compile: LimitsRequest,
    /// The most bytes that all files of a submission may have.
    pub code_bytes: Option<u64>,
}

/// Safety margins of the time limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    /// The limit is at least this many times what the slowest good submission takes.
    pub accepted_to_limit: f64,
    /// The fastest submission that is too slow takes at least this many times the limit.
    pub limit_to_too_slow: f64,
    /// A calibrated limit is a multiple of this many milliseconds.
    pub resolution: f64,
}

impl Margins {
    /// 2025-09, "Problem timing".
    pub const LATEST: Self = Self { accepted_to_limit: 2.0, limit_to_too_slow: 1.5, resolution: 1000.0 };
    /// Polygon asks for none.
    pub const NONE: Self = Self { accepted_to_limit: 1.0, limit_to_too_slow: 1.0, resolution: 1000.0 };
    /// Legacy, "Limits"; it names no resolution, but Kattis has whole seconds.
    pub const LEGACY: Self = Self { accepted_to_limit: 5.0, limit_to_too_slow: 2.0, resolution: 1000.0 };
}

/// A test of a package.
#[derive(Debug, Clone)]
pub struct PackageTest {
    /// Unique; for example `secret/large/03`.
    pub id: String,
    /// The input's file.
    pub input: PathBuf,
    /// The answer's file.
    pub answer: Option<PathBuf>,
    /// The group it belongs to.
    pub group: Option<String>,
    /// The most points it can give.
    pub points: Option<f64>,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Files in the box of this test.
    pub files: Files,
    /// Arguments of the checker.
    pub checker_args: Vec<String>,
    /// How this test's output is compared, where it is another way than the package's.
    pub checker: Option<Checker>,
    /// Over the package's.
    pub limits: LimitsRequest,
    /// Whether those who are judged may see it: input, answer, what they wrote.
    pub full_feedback: bool,
    /// Whether it is one of the problem's examples.
    pub sample: bool,
    /// What it is there for. For the staff.
    pub description: Option<String>,
    /// For those who fail it.
    pub hint: Option<String>,
}

/// Files for the submissions of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// The package's code of the language; `None`: for all, but for those with files of their own.
    pub language: Option<String>,
    /// What is put there.
    pub files: Files,
}

/// A program: whose ever it is.
#[derive(Debug, Clone)]
pub struct Program {
    /// A language profile's id.
    pub language: String,
    /// All of its files.
    pub files: Files,
    /// Which of them, or which class, to start.
    pub entry_point: Option<String>,
    /// More arguments for the compiler.
    pub compile_args: Vec<String>,
}

/// One of the package's own submissions.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its path below `submissions/`; for example `accepted/fast.cpp`.
    pub name: String,
    /// Its file or folder, relative to the package's folder.
    pub file: PathBuf,
    /// What is judged.
    pub program: Program,
    /// What must come of it.
    pub expected: Expected,
}

impl Package {
    /// Whether a package's language code, such as `cpp` or `python3`, means this profile.
    ///
    /// The codes of the formats have no standard in them, the profiles' ids do: `cpp` is `cpp17` as well as `cpp20`.
    pub fn code_means(code: &str, language: &Language) -> bool {
        language.id().strip_prefix(code).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether submissions may be in this language.
    pub fn allows(&self, language: &Language) -> bool {
        self.languages.as_ref().is_none_or(|codes| codes.iter().any(|code| Self::code_means(code, language)))
    }

    /// A test by its id.
    pub fn test(&self, id: &str) -> Option<&PackageTest> {
        self.tests.iter().find(|t| t.id == id)
    }

    /// The files put beside a submission in this language.
    pub(super) fn included_for(&self, language: &Language) -> Vec<(&BoxName, &Content)> {
        let own = self.included.iter().find(|i| i.language.as_deref().is_some_and(|code| Self::code_means(code, language)));
        let default = self.included.iter().find(|i| i.language.is_none());
        // Files of the language replace those for all by name.
        default.into_iter().chain(own).flat_map(|i| i.files.iter()).collect()
    }
}
