//! What is written: one line per request, and one per event where asked for. Every key is always present.
use super::{BoxName, Captured, Cpus, Limits, Reason, UniqueMap, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// One line of output: exactly one of `verdict`, `error`, `event` stands in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Line {
    /// The request was judged.
    Response(Box<Response>),
    /// The request could not be judged.
    Error(ErrorLine),
    /// Something happened on the way (`--events`).
    Event(EventLine),
}

/// The answer to a request that was judged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// The contract's version.
    pub schema: u32,
    /// The request's place on the input, from 0.
    pub index: u64,
    /// The request's id.
    pub id: Option<String>,
    /// The request's labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<UniqueMap<String, Value>>,
    /// IE if any test is; else the first in test order that is not AC, OK, PC or SK; else PC; else AC or OK.
    pub verdict: Verdict,
    /// Points reached.
    pub points: f64,
    /// Points that could be reached.
    pub max_points: f64,
    /// The greatest of the tests that ran, in milliseconds.
    pub cpu_time_ms: f64,
    /// The greatest of the tests that ran, in milliseconds.
    pub wall_time_ms: f64,
    /// The greatest of the tests that ran, in bytes.
    pub memory_bytes: u64,
    /// The limits that held, where no test gave others.
    pub limits: Limits,
    /// Null when nothing is compiled.
    pub compile: Option<CompileReport>,
    /// In the request's order.
    pub tests: Vec<TestReport>,
    /// In the request's order.
    pub groups: Vec<GroupReport>,
    /// What the runs were held by.
    pub sandbox: SandboxReport,
}

/// How compiling went.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CompileReport {
    /// OK, CE, TLE, MLE, OLE, SV or IE.
    pub verdict: Verdict,
    /// Whether it was in the cache.
    pub cached: bool,
    /// Of all the compiler's processes, in milliseconds; of the first compile where cached.
    pub cpu_time_ms: f64,
    /// In milliseconds; of the first compile where cached.
    pub wall_time_ms: f64,
    /// Peak, in bytes; of the first compile where cached.
    pub memory_bytes: u64,
    /// The compiler's exit status.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The compiler's standard output (its head).
    pub stdout: Captured,
    /// Whether there was more.
    pub stdout_truncated: bool,
    /// The compiler's standard error (its head).
    pub stderr: Captured,
    /// Whether there was more.
    pub stderr_truncated: bool,
    /// The compiler's version.
    pub version: String,
    /// For the staff: what went wrong where the verdict is IE.
    pub judge_message: String,
}

/// How one test went.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestReport {
    /// The test's id.
    pub id: String,
    /// The test's verdict.
    pub verdict: Verdict,
    /// Points reached.
    pub points: f64,
    /// Points that could be reached.
    pub max_points: f64,
    /// The group it belongs to.
    pub group: Option<String>,
    /// User + system time of all the run's processes, in milliseconds.
    pub cpu_time_ms: f64,
    /// In milliseconds.
    pub user_time_ms: f64,
    /// In milliseconds.
    pub system_time_ms: f64,
    /// From exec to the first process's end, in milliseconds.
    pub wall_time_ms: f64,
    /// Peak, in bytes.
    pub memory_bytes: u64,
    /// The first process's exit status.
    pub exit_code: Option<i32>,
    /// The signal that ended the first process.
    pub signal: Option<i32>,
    /// Why, where there is more to say than the verdict does.
    pub reason: Option<Reason>,
    /// For the contestant: never has expected data in it.
    pub message: String,
    /// For the staff: the first difference, what went wrong with the judge.
    pub judge_message: String,
    /// The head of standard output.
    pub stdout: Captured,
    /// Whether there was more.
    pub stdout_truncated: bool,
    /// How much was written in all.
    pub stdout_bytes: u64,
    /// The head of standard error.
    pub stderr: Captured,
    /// Whether there was more.
    pub stderr_truncated: bool,
    /// How much was written in all.
    pub stderr_bytes: u64,
    /// Bytes in the box and /tmp at the end.
    pub disk_bytes: u64,
    /// The files asked for by `capture_files`; null for one that isn't there or isn't a plain file.
    pub files: BTreeMap<BoxName, Option<Captured>>,
    /// How often the program was run (multi-pass problems: more than once).
    pub passes: u32,
    /// The head of what was said: `>` before each line of the program's, `<` before the interactor's, `---` between
    /// passes. Null where there is no interactor, or `capture.transcript_bytes` is 0.
    pub transcript: Option<Captured>,
    /// The end of the program that judged (a `program` checker, else an interactor); null where none ran.
    pub checker: Option<CheckerReport>,
    /// The limits that held for this test.
    pub limits: Limits,
}

/// How a program that judges ended; of several passes, the last.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CheckerReport {
    /// Its exit status.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// In milliseconds.
    pub cpu_time_ms: f64,
    /// Peak, in bytes.
    pub memory_bytes: u64,
}

/// How a group went.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GroupReport {
    /// The group's id.
    pub id: String,
    /// By the request's rule, over the group's tests.
    pub verdict: Verdict,
    /// Points reached.
    pub points: f64,
    /// Points that could be reached.
    pub max_points: f64,
}

/// What held a run: nothing here is ever better than what the kernel granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SandboxReport {
    /// `cgroup2` or `rlimit`.
    pub limits: String,
    /// The ABI of Landlock in force; null where the kernel has none.
    pub landlock_abi: Option<u32>,
    /// The run's system-call policy.
    pub seccomp: String,
    /// `root`, `subuid` or `self`.
    pub uid_map: String,
    /// How many CPUs it could use at once, where that was limited (`--cpus`).
    #[serde(default)]
    pub cpus: Option<Cpus>,
}

/// The answer to a request that could not be judged.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorLine {
    /// The contract's version.
    pub schema: u32,
    /// The request's place on the input, from 0.
    pub index: u64,
    /// The request's id, where it could be read.
    pub id: Option<String>,
    /// The request's labels, where they could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<UniqueMap<String, Value>>,
    /// What is wrong.
    pub error: ErrorReport,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorReport {
    /// Of which kind.
    pub kind: ErrorKind,
    /// Where, as `tests[3].stdin`; empty: the request as a whole.
    #[serde(serialize_with = "brief")]
    pub path: String,
    /// What, and what to do.
    #[serde(serialize_with = "brief")]
    pub message: String,
}

/// So many bytes of a path or a message are written, and what is in the middle of a longer one is not: both have words of the request
/// in them, and those may be as long as it.
const BRIEF: usize = 2000;

fn brief<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if text.len() <= BRIEF {
        return serializer.serialize_str(text);
    }
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let from = (0..=BRIEF / 2).rev().find(is_boundary).unwrap_or_default();
    let to = (text.len() - BRIEF / 2..=text.len()).find(is_boundary).unwrap_or(text.len());
    serializer.collect_str(&format_args!("{}… ({} bytes left out) …{}", &text[..from], to - from, &text[to..]))
}

/// Kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Not JSON.
    InvalidJson,
    /// JSON, but not a request.
    InvalidRequest,
    /// More bytes than one request may have.
    TooLarge,
    /// Known, but not built yet.
    Unsupported,
    /// The language's toolchain is not installed.
    Unavailable,
    /// Ended by `{"cancel": …}` or an interrupt.
    Cancelled,
    /// The judge's own fault.
    Internal,
}

/// A line about something that happened on the way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EventLine {
    /// The contract's version.
    pub schema: u32,
    /// The request's place on the input, from 0.
    pub index: u64,
    /// The request's id.
    pub id: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Compiling ended.
    Compiled {
        /// How.
        compile: Box<CompileReport>,
    },
    /// A test ended. `stop_on` may still make it SK in the response.
    Test {
        /// How.
        test: Box<TestReport>,
    },
    /// A group's last test ended.
    Group {
        /// How.
        group: GroupReport,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_of_a_request_do_not_make_a_long_error() {
        let written = |text: &str| {
            let error = ErrorReport { kind: ErrorKind::InvalidRequest, path: text.into(), message: format!("{text}!") };
            serde_json::to_value(error).unwrap()
        };
        assert_eq!(written(&"x".repeat(BRIEF))["path"], "x".repeat(BRIEF));
        // One byte too many, and a character at the very place.
        let error = written(&format!("{}é{}", "x".repeat(BRIEF / 2 - 1), "x".repeat(BRIEF / 2)));
        assert!(error["path"].as_str().unwrap().contains("x… (2 bytes left out) …x"), "{error}");
        // Cut where a character is in the way, too.
        for character in ["x", "é", "日", "🦀"] {
            let error = written(&character.repeat(100_000));
            for key in ["path", "message"] {
                let text = error[key].as_str().unwrap();
                assert!(text.len() < BRIEF + 100 && text.starts_with(character) && text.contains("bytes left out"), "{text}");
            }
            assert!(error["message"].as_str().unwrap().ends_with(&format!("{character}!")));
        }
    }
}
