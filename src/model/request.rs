//! A request as it is typed. `parse_input` is the one door: bytes → checked [`Input`], or an error with its place.
use super::response::{ErrorKind, ErrorReport};
use super::strict::{read_from_objects_only, read_from_words_only};
use super::{BoxName, Checker, CheckerKind, Content, Interactor, LimitsRequest, Protocol, UniqueMap};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Files by their name in the box.
pub type Files = UniqueMap<BoxName, Content>;

/// What can stand on the input stream.
#[derive(Debug)]
pub enum Input {
    /// Something to judge.
    Request(Box<Request>),
    /// `{"cancel": "ID"}`: end every request with this id that is still under way.
    Cancel(String),
}

/// A request to judge one submission.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Request")]
pub struct Request {
    /// The contract's version: 1.
    #[serde(default)]
    pub schema: Option<u32>,
    /// Echoed in every line about this request. Not deduplicated.
    #[serde(default)]
    pub id: Option<String>,
    /// Any object; echoed.
    #[serde(default)]
    pub labels: Option<UniqueMap<String, Value>>,
    /// A language profile's id (`assize languages`).
    pub language: String,
    /// The one file of the program; the profile names it. Either this or `files`.
    #[serde(default)]
    pub source: Option<Content>,
    /// All files of the program, or those beside `source`.
    #[serde(default)]
    pub files: Files,
    /// Which file (scripts) or class (Java) to start.
    #[serde(default)]
    pub entry_point: Option<String>,
    /// How to compile it.
    #[serde(default)]
    pub compile: Compile,
    /// Arguments of the program, for tests that give none.
    #[serde(default)]
    pub args: Vec<String>,
    /// Limits of each test's run.
    #[serde(default)]
    pub limits: LimitsRequest,
    /// What to run it on; none: compile only.
    #[serde(default)]
    pub tests: Vec<Test>,
    /// How points are added up.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// A file in the box to compare instead of stdout, for tests that name none.
    #[serde(default)]
    pub output: Option<Output>,
    /// How output is compared with the answer. Default: by tokens.
    #[serde(default)]
    pub checker: Option<Checker>,
    /// A program joined to the submission by two pipes.
    #[serde(default)]
    pub interactor: Option<Interactor>,
    /// How often a test may be run at most, where the `icpc` checker or interactor asks for another pass by `nextpass.in`.
    /// Default: it may not ask.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub passes: Option<u32>,
    /// When to stop running tests.
    #[serde(default)]
    pub stop_on: Option<StopOn>,
    /// How much of the outputs comes back.
    #[serde(default)]
    pub capture: Capture,
    /// Only `judge` so far.
    #[serde(default)]
    pub kind: Option<String>,
    /// Reserved.
    #[serde(default)]
    #[schemars(skip)]
    pub priority: Option<Value>,
    /// Reserved.
    #[serde(default)]
    #[schemars(skip)]
    pub deadline_ms: Option<Value>,
    /// Reserved.
    #[serde(default)]
    #[schemars(skip)]
    pub runs: Option<Value>,
    /// Reserved.
    #[serde(default)]
    #[schemars(skip)]
    pub env: Option<Value>,
    /// Reserved.
    #[serde(default)]
    #[schemars(skip)]
    pub stderr_to_stdout: Option<Value>,
}

/// How a program is compiled.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, remote = "Compile")]
pub struct Compile {
    /// More arguments for the compiler; the profile says which it allows.
    pub args: Vec<String>,
    /// Limits of the compiler.
    pub limits: LimitsRequest,
}

/// One test.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, remote = "Test")]
pub struct Test {
    /// Unique in the request; default: its place, from `"1"`.
    pub id: Option<String>,
    /// Standard input.
    pub stdin: Content,
    /// What the output is compared with; without it there is nothing to compare, and the verdict of a good run is `OK`.
    pub answer: Option<Content>,
    /// Arguments of the program.
    pub args: Option<Vec<String>>,
    /// Files put into the box of this test alone, over those of the program.
    pub files: Files,
    /// Limits of this test, over those of the request.
    pub limits: LimitsRequest,
    /// The group it belongs to.
    pub group: Option<String>,
    /// The most points it can give.
    #[schemars(range(min = 0.0))]
    pub points: Option<f64>,
    /// A file in the box to compare instead of stdout.
    pub output: Option<Output>,
    /// Files in the box that come back in the response.
    pub capture_files: Vec<BoxName>,
    /// Arguments of the program that judges: a `program` checker, else the interactor. Default: its `args`.
    pub checker_args: Option<Vec<String>>,
    /// How this test's output is compared, instead of the request's `checker`; a built-in one in place of another.
    pub checker: Option<Checker>,
}

/// Where a program's answer is read from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Output")]
pub struct Output {
    /// A file in the box.
    pub file: BoxName,
}

/// A group of tests. Ids are slash paths and nest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Group")]
pub struct Group {
    /// For example `secret` or `secret/large`.
    pub id: String,
    /// The most points it can give; default: what its tests and groups give by `aggregate`.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub points: Option<f64>,
    /// How the points of its tests and groups become its own. Default: `all` where `points` is given, else `sum`.
    #[serde(default)]
    pub aggregate: Option<Aggregate>,
    /// Groups that must be passed for this one to be run.
    #[serde(default)]
    pub requires: Vec<String>,
    /// When to stop running this group's tests. Default: the request's.
    #[serde(default)]
    pub stop_on: Option<StopOn>,
}

read_from_objects_only!(Request, Compile, Test, Output, Group, Capture);

/// How a group's points come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "Aggregate")]
pub enum Aggregate {
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The mean.
    Avg,
    /// All points if everything passed, else none.
    All,
}

/// When to stop running tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "StopOn")]
pub enum StopOn {
    /// Run every test.
    #[default]
    Never,
    /// Stop the request at the first test that did not pass.
    FirstFailure,
    /// Stop a group at its first test that did not pass.
    GroupFailure,
}

read_from_words_only!(Aggregate, StopOn);

/// How many bytes of a test's outputs come back in its response.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, remote = "Capture")]
pub struct Capture {
    /// Of stdout.
    #[schemars(range(max = 16_777_216))]
    pub stdout_bytes: u64,
    /// Of stderr.
    #[schemars(range(max = 16_777_216))]
    pub stderr_bytes: u64,
    /// Of each captured file.
    #[schemars(range(max = 16_777_216))]
    pub file_bytes: u64,
    /// Of what was said between the program and the interactor. Default: 0, as it slows an interaction down.
    #[schemars(range(max = 16_777_216))]
    pub transcript_bytes: u64,
}

impl Default for Capture {
    fn default() -> Self {
        Self { stdout_bytes: 1024, stderr_bytes: 1024, file_bytes: 65536, transcript_bytes: 0 }
    }
}

/// An [`Input`], or what is wrong with it; either way with the id, where one could be read.
pub type Parsed = Result<Input, (Option<String>, ErrorReport)>;

/// Reads one JSON value of the input stream.
pub fn parse_input(bytes: &[u8]) -> Parsed {
    let fail = |kind, path: String, message: String| Err((sniff_id(bytes), ErrorReport { kind, path, message }));
    if let Ok(cancel) = serde_json::from_slice::<CancelLine>(bytes) {
        return Ok(Input::Cancel(cancel.cancel));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let request: Request = match serde_path_to_error::deserialize(&mut reader) {
        Ok(request) => request,
        Err(e) => {
            let inner = e.inner();
            // A wrong type may be met before the text turns out not to be JSON at all: that is the graver fault.
            if let Some(broken) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).err().filter(|_| inner.is_data()) {
                return fail(ErrorKind::InvalidJson, String::new(), in_words_of_json(&broken.to_string()));
            }
            if !inner.is_data() {
                return fail(ErrorKind::InvalidJson, String::new(), in_words_of_json(&inner.to_string()));
            }
            let (path, message) = (e.path().to_string(), in_words_of_json(&inner.to_string()));
            let path = if path == "." { String::new() } else { path };
            let (kind, message) = match message.strip_prefix("unsupported: ") {
                Some(rest) => (ErrorKind::Unsupported, rest.to_owned()),
                None => (ErrorKind::InvalidRequest, message),
            };
            if message.starts_with("unknown field `cancel`") {
                let message = r#"a line that cancels is {"cancel": ID} and nothing more, and the ID a string"#;
                return fail(kind, "cancel".to_owned(), message.to_owned());
            }
            return fail(kind, name_unknown_key(path, &message), message);
        }
    };
    if let Err(e) = reader.end() {
        return fail(ErrorKind::InvalidJson, String::new(), e.to_string());
    }
    match request.check() {
        Ok(()) => Ok(Input::Request(Box::new(request))),
        Err((kind, path, message)) => fail(kind, path, message),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelLine {
    cancel: String,
}

/// The id of a request that is otherwise wrong, so that its error can be matched with it.
fn sniff_id(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: Option<String>,
    }
    serde_json::from_slice::<OnlyId>(bytes).ok()?.id
}

/// serde's names for what it expected are Rust's; who writes JSON need not know them.
fn in_words_of_json(message: &str) -> String {
    if let Some(place) = message.strip_prefix("recursion limit exceeded") {
        return format!("arrays and objects are nested more than 127 deep{place}");
    }
    // What was found may quote the request, and stands before the last of these words.
    let Some((found, rest)) = message.rsplit_once(", expected ").filter(|(found, _)| found.starts_with("invalid ")) else {
        return message.to_owned();
    };
    let found = match found {
        "invalid type: sequence" => "invalid type: array",
        "invalid type: map" => "invalid type: object",
        found => found,
    };
    let (expected, place) = rest.find(" at line ").map_or((rest, ""), |at| rest.split_at(at));
    let expected = match expected {
        "f64" => "a number",
        "u32" | "u64" => "a whole number from 0",
        "a sequence" => "an array",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{found}, expected {expected}{place}")
}

/// serde knows the object an unknown or duplicate key stands in; the place we name is the key itself.
fn name_unknown_key(path: String, message: &str) -> String {
    let key = ["unknown field `", "duplicate field `", "duplicate key `", "missing field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))
        .and_then(|rest| rest.split('`').next());
    match key {
        Some(key) if path.is_empty() => key.to_owned(),
        Some(key) if path == key || path.ends_with(&format!(".{key}")) => path,
        Some(key) => format!("{path}.{key}"),
        None => path,
    }
}

pub(super) type Fault = (ErrorKind, String, String);

pub(super) fn invalid(path: impl Into<String>, message: impl Into<String>) -> Fault {
    (ErrorKind::InvalidRequest, path.into(), message.into())
}

impl Request {
    /// The id of test `index`: the one given, or its place counted from 1.
    pub fn test_id(&self, index: usize) -> String {
        self.tests.get(index).and_then(|t| t.id.clone()).unwrap_or_else(|| (index + 1).to_string())
    }

    /// What serde can't see: rules that join several keys.
    fn check(&self) -> Result<(), Fault> {
        self.check_reserved()?;
        if let Some(id) = &self.id {
            no_nul("id", id)?;
        }
        if let Some(entry) = &self.entry_point {
            no_nul("entry_point", entry)?;
        }
        if self.source.is_none() && self.files.is_empty() {
            return Err(invalid("source", "there is no program: give `source` or `files`"));
        }
        check_args("args", &self.args)?;
        check_args("compile.args", &self.compile.args)?;
        check_files("files", &self.files)?;
        self.check_judges()?;
        for (key, n) in [
            ("stdout_bytes", self.capture.stdout_bytes),
            ("stderr_bytes", self.capture.stderr_bytes),
            ("file_bytes", self.capture.file_bytes),
            ("transcript_bytes", self.capture.transcript_bytes),
        ] {
            if n > 16 << 20 {
                return Err(invalid(format!("capture.{key}"), format!("{n} is more than can be captured (16777216)")));
            }
        }
        self.check_groups()?;
        let mut ids = BTreeSet::new();
        for (i, test) in self.tests.iter().enumerate() {
            let at = |key: &str| format!("tests[{i}].{key}");
            let id = self.test_id(i);
            check_path_id(&at("id"), &id)?;
            if !ids.insert(id.clone()) {
                return Err(invalid(at("id"), format!("the test id {id:?} is there twice; ids are unique in a request")));
            }
            if let Some(args) = &test.args {
                check_args(&at("args"), args)?;
            }
            check_files(&at("files"), &test.files)?;
            check_points(&at("points"), test.points)?;
            if let Some(group) = &test.group
                && !self.groups.iter().any(|g| g.id == *group)
            {
                return Err(invalid(at("group"), format!("there is no group {group:?} in `groups`")));
            }
            if let Some(args) = &test.checker_args {
                if self.checker().program().is_none() && self.interactor.is_none() {
                    return Err(invalid(at("checker_args"), "only a `program` checker or an interactor takes arguments"));
                }
                check_args(&at("checker_args"), args)?;
            }
            self.check_test_checker(i, test)?;
            if test.output.is_some() && self.interactor.is_some() {
                return Err(invalid(at("output"), OUTPUT_AND_INTERACTOR));
            }
            reserved_limits(&at("limits"), &test.limits)?;
        }
        Ok(())
    }

    fn check_reserved(&self) -> Result<(), Fault> {
        let unsupported = |path: &str, message: String| Err((ErrorKind::Unsupported, path.to_owned(), message));
        if let Some(version) = self.schema.filter(|v| *v != 1) {
            return unsupported("schema", format!("schema version {version} is not known; this is version 1"));
        }
        if let Some(kind) = self.kind.as_deref().filter(|k| *k != "judge") {
            return unsupported("kind", format!("request kind {kind:?} is not supported; the only one is `judge`"));
        }
        for (key, value) in [
            ("priority", &self.priority),
            ("deadline_ms", &self.deadline_ms),
            ("runs", &self.runs),
            ("env", &self.env),
            ("stderr_to_stdout", &self.stderr_to_stdout),
        ] {
            if value.is_some() {
                return unsupported(key, format!("`{key}` is reserved and not supported yet; leave it out"));
            }
        }
        reserved_limits("limits", &self.limits)?;
        reserved_limits("compile.limits", &self.compile.limits)
    }

    /// The checker given, or the default one.
    pub fn checker(&self) -> &Checker {
        static DEFAULT: LazyLock<Checker> = LazyLock::new(Checker::default);
        self.checker.as_ref().unwrap_or(&DEFAULT)
    }

    /// How the output of test `index` is compared.
    pub fn checker_of(&self, index: usize) -> &Checker {
        self.tests.get(index).and_then(|t| t.checker.as_ref()).unwrap_or_else(|| self.checker())
    }

    fn check_test_checker(&self, index: usize, test: &Test) -> Result<(), Fault> {
        let Some(checker) = &test.checker else { return Ok(()) };
        let at = |path: &str| format!("tests[{index}].{path}");
        if checker.program().is_some() || self.checker().program().is_some() || self.interactor.is_some() {
            let message = "one test's checker can only be a built-in one, in place of a built-in one; give a program `checker_args`";
            return Err(invalid(at("checker"), message));
        }
        checker.check().map_err(|(kind, path, message)| (kind, at(&path), message))
    }

    /// Who judges, and whether they go together.
    fn check_judges(&self) -> Result<(), Fault> {
        self.checker().check()?;
        let mut judge = self.checker().program();
        if let Some(interactor) = &self.interactor {
            interactor.check()?;
            if self.output.is_some() {
                return Err(invalid("output", OUTPUT_AND_INTERACTOR));
            }
            if interactor.protocol == Protocol::Icpc {
                if self.checker.as_ref().is_some_and(|c| c.kind != CheckerKind::None) {
                    return Err(invalid("checker", "an `icpc` interactor is the checker, too; leave this one out"));
                }
                judge = Some(interactor.program());
            }
        }
        match self.passes {
            Some(n) if !(1..=1000).contains(&n) => Err(invalid("passes", format!("{n} is not a number of passes from 1 to 1000"))),
            Some(_) if judge.is_none_or(|j| j.protocol != Protocol::Icpc) => {
                Err(invalid("passes", "only an `icpc` checker or interactor can ask for another pass; leave it out"))
            }
            _ => Ok(()),
        }
    }

    fn check_groups(&self) -> Result<(), Fault> {
        let mut seen = BTreeMap::new();
        for (i, group) in self.groups.iter().enumerate() {
            check_path_id(&format!("groups[{i}].id"), &group.id)?;
            check_points(&format!("groups[{i}].points"), group.points)?;
            if seen.insert(group.id.as_str(), i).is_some() {
                return Err(invalid(format!("groups[{i}].id"), format!("the group {:?} is there twice", group.id)));
            }
        }
        for (i, group) in self.groups.iter().enumerate() {
            for (j, required) in group.requires.iter().enumerate() {
                // A group can only require one that stands before it: that rules out cycles, and lets tests run in order.
                match seen.get(required.as_str()) {
                    Some(at) if *at < i => {}
                    Some(_) => {
                        return Err(invalid(
                            format!("groups[{i}].requires[{j}]"),
                            format!("the group {required:?} does not stand before {:?}; put it first", group.id),
                        ));
                    }
                    None => {
                        return Err(invalid(format!("groups[{i}].requires[{j}]"), format!("there is no group {required:?}")));
                    }
                }
            }
        }
        Ok(())
    }
}

const OUTPUT_AND_INTERACTOR: &str = "with an interactor there is no output to compare: all of it goes to the interactor; leave this out";

/// `cpu_extra_time_ms` has no meaning yet, anywhere.
pub(super) fn reserved_limits(path: &str, limits: &LimitsRequest) -> Result<(), Fault> {
    match limits.cpu_extra_time_ms {
        Some(_) => Err((ErrorKind::Unsupported, format!("{path}.cpu_extra_time_ms"), "`cpu_extra_time_ms` is reserved".into())),
        None => Ok(()),
    }
}

pub(super) fn no_nul(path: &str, text: &str) -> Result<(), Fault> {
    if text.contains('\0') {
        return Err(invalid(path, "there is a NUL in it; take it out"));
    }
    Ok(())
}

/// Ids of tests and groups may one day name files: the rules of names hold for them too.
fn check_path_id(path: &str, id: &str) -> Result<(), Fault> {
    no_nul(path, id)?;
    if id.is_empty() || id.starts_with('/') || id.split('/').any(|c| matches!(c, "" | "." | "..")) {
        return Err(invalid(path, format!("the id {id:?} is empty, absolute or has an empty, `.` or `..` component")));
    }
    Ok(())
}

pub(super) fn check_args(path: &str, args: &[String]) -> Result<(), Fault> {
    args.iter().enumerate().try_for_each(|(i, arg)| no_nul(&format!("{path}[{i}]"), arg))
}

fn check_points(path: &str, points: Option<f64>) -> Result<(), Fault> {
    match points {
        Some(p) if !(p.is_finite() && (0.0..=1e9).contains(&p)) => {
            Err(invalid(path, format!("{p} is not a number of points from 0 to 1e9")))
        }
        _ => Ok(()),
    }
}

/// Files of one program or test, with the directories they lie in: the box has room for as many, and for what a run makes.
const MOST_FILES: usize = 10_000;

/// No file may stand where another needs a directory, and there must be room for all.
pub(super) fn check_files(path: &str, files: &Files) -> Result<(), Fault> {
    let directories: BTreeSet<&str> = files.keys().flat_map(BoxName::parents).collect();
    let inodes = files.len() + directories.len();
    if inodes > MOST_FILES {
        return Err(invalid(
            path,
            format!("{inodes} files and directories are too many; at most {MOST_FILES}, or give an archive of them"),
        ));
    }
    for name in files.keys() {
        if let Some(parent) = name.parents().find(|p| files.contains_key(*p)) {
            return Err(invalid(format!("{path}.{name}"), format!("{parent:?} is a file of its own, so {name:?} can't stand below it")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
