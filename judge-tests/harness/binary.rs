//! Runs the binary under test.
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// No single call may take longer: a hang is a failure with a name, not a run that never ends.
const PATIENCE: Duration = Duration::from_mins(3);

/// The binary under test.
pub fn path() -> PathBuf {
    std::env::var_os("ASSIZE_BIN").map_or_else(|| env!("CARGO_BIN_EXE_assize").into(), PathBuf::from)
}

/// The folder with the cases; relative paths in a case's request start here.
pub fn data() -> PathBuf {
    std::env::var_os("ASSIZE_TESTS").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("judge-tests"), PathBuf::from)
}

/// How a call of the binary ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Ended {
    /// The lines of stdout, each checked against the response schema.
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(checked_line).collect()
    }

    /// The exit status; a signal is a failure.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by {}; stderr:\n{}", self.status, self.stderr))
    }
}

/// Starts the binary with all three streams piped.
pub fn start(args: &[&str], dir: &Path) -> Child {
    start_with(args, dir, &[])
}

/// The same, with variables added to its environment.
pub fn start_with(args: &[&str], dir: &Path, env: &[(&str, &Path)]) -> Child {
    Command::new(path())
        .args(args)
        .envs(env.iter().copied())
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{}: {e}", path().display()))
}

/// Runs the binary on `input` to its end.
pub fn run(args: &[&str], dir: &Path, input: &[u8]) -> Ended {
    feed(start(args, dir), input)
}

/// Gives a started binary its input, and waits for its end.
pub fn feed(mut child: Child, input: &[u8]) -> Ended {
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // A binary that stops reading early (a usage error) is no fault of this thread's.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let ended = finish(child);
    let _ = writer.join();
    ended
}

/// Waits for the end of a started binary, reading what is left of its output.
pub fn finish(child: Child) -> Ended {
    finish_within(child, PATIENCE)
}

/// The same for any program.
pub fn finish_within(mut child: Child, patience: Duration) -> Ended {
    let start = Instant::now();
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let status = wait(&mut child, patience).unwrap_or_else(|| {
        let _ = child.kill();
        panic!("did not end within {patience:?}")
    });
    let text = |reader: Option<thread::JoinHandle<String>>| reader.map(|r| r.join().expect("a reader")).unwrap_or_default();
    Ended { status, stdout: text(stdout), stderr: text(stderr), took: start.elapsed() }
}

/// Waits for at most `patience`.
pub fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("wait") {
            return Some(status);
        }
        if start.elapsed() > patience {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("read");
        String::from_utf8(bytes).expect("output is UTF-8")
    })
}

/// Parses a line of output and holds it against the schema and the envelope's rule.
pub fn checked_line(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
    let faults: Vec<_> = response_schema().iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "breaks the response schema:\n  {}\n{value:#}", faults.join("\n  "));
    let kinds = ["verdict", "error", "event"].iter().filter(|key| value.get(**key).is_some()).count();
    assert_eq!(kinds, 1, "not exactly one of verdict, error, event:\n{value:#}");
    value
}

fn schema(which: &str) -> jsonschema::Validator {
    let ended = run(&["schema", which], &data(), b"");
    assert_eq!(ended.code(), 0, "assize schema {which}: {}", ended.stderr);
    let schema: Value = serde_json::from_str(&ended.stdout).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("a schema is valid")
}

/// `assize schema response`, built once.
pub fn response_schema() -> &'static jsonschema::Validator {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    SCHEMA.get_or_init(|| schema("response"))
}

/// `assize schema request`, built once.
pub fn request_schema() -> &'static jsonschema::Validator {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    SCHEMA.get_or_init(|| schema("request"))
}

/// Why a language can't be used here, as `assize languages --json` says; `None`: it can.
pub fn missing(language: &str) -> Option<String> {
    static LANGUAGES: OnceLock<BTreeMap<String, Option<String>>> = OnceLock::new();
    let languages = LANGUAGES.get_or_init(|| {
        let ended = run(&["languages", "--json"], &data(), b"");
        assert_eq!(ended.code(), 0, "assize languages --json: {}", ended.stderr);
        let list: Vec<Value> = serde_json::from_str(&ended.stdout).expect("`languages --json` prints an array");
        let hint = |l: &Value| l["hint"].as_str().filter(|h| !h.is_empty()).map_or_else(|| "not installed".to_owned(), ToOwned::to_owned);
        list.iter()
            .map(|l| (l["id"].as_str().expect("id").to_owned(), (!l["available"].as_bool().expect("available")).then(|| hint(l))))
            .collect()
    });
    // A language without a profile is run all the same: its cases must fail, not be skipped.
    languages.get(language).and_then(|reason| reason.as_ref().map(|hint| format!("{language}: {hint}")))
}

/// Whether a missing toolchain is a failure.
pub fn require_all() -> bool {
    std::env::var_os("ASSIZE_REQUIRE_ALL").is_some_and(|v| v == "1")
}

/// How runs are limited here, as a first answer says; `ASSIZE_MODE` asserts it.
pub fn limit_mode() -> &'static str {
    static MODE: OnceLock<String> = OnceLock::new();
    MODE.get_or_init(|| {
        let ended = run(&["judge"], &data(), br#"{"language": "bash", "source": "true", "tests": [{}]}"#);
        let lines = ended.lines();
        let mode = lines.first().and_then(|l| l["sandbox"]["limits"].as_str());
        let mode = mode.unwrap_or_else(|| panic!("nothing can be judged here:\n{}{}", ended.stdout, ended.stderr)).to_owned();
        if let Ok(wanted) = std::env::var("ASSIZE_MODE") {
            assert_eq!(mode, wanted, "ASSIZE_MODE");
        }
        mode
    })
}
