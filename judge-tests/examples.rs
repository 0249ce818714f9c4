//! The requests of `examples/`, which the README shows: each is a valid request and gets the verdicts it is there to show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, expect, suite::Suite};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Each file with what is expected of its responses, in the order of the requests.
fn examples() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("hello.json", vec![json!({"verdict": "AC", "id": "hello", "tests.0.stdout": "Hello, world!\n"})]),
        (
            "first.json",
            ["c17", "cpp17", "python3", "java", "javascript", "go", "rust"]
                .map(|id| json!({"verdict": "AC", "id": id, "tests.0.verdict": "AC", "tests.1.verdict": "AC"}))
                .into(),
        ),
        (
            "groups.json",
            vec![json!({
                "verdict": "TLE", "points": 40, "max_points": 100, "groups.1.verdict": "AC", "groups.2.verdict": "TLE",
                "tests.3.reason": "cpu_time", "tests.4.verdict": "SK", "tests.4.reason": "stop_on",
            })],
        ),
        (
            "checker.json",
            vec![
                json!({"verdict": "WA", "id": "icpc", "tests.0.verdict": "AC", "tests.0.judge_message": "91 % 7",
                    "tests.1.message": "that is not a number"}),
                json!({"verdict": "PC", "id": "testlib", "points": 19.5, "tests.0.verdict": "AC", "tests.1.points": 9.5}),
            ],
        ),
        (
            "interactor.json",
            vec![
                json!({"verdict": "AC", "id": "icpc", "tests.0.transcript": ">500\n<higher\n>750\n<correct\n"}),
                json!({"verdict": "WA", "id": "testlib", "tests.0.verdict": "AC", "tests.1.verdict": "WA"}),
            ],
        ),
        ("passes.json", vec![json!({"verdict": "AC", "tests.0.passes": 2, "tests.0.stdout": "assize\n"})]),
        ("files.json", vec![json!({"verdict": "AC", "tests.length": 3})]),
        (
            "stream.jsonl",
            vec![
                json!({"verdict": "AC", "labels.student": "Ada"}),
                json!({"verdict": "WA", "labels.student": "Bob"}),
                json!({"verdict": "RE", "labels.student": "Cem"}),
            ],
        ),
    ]
}

fn folder() -> PathBuf {
    binary::data().join("examples")
}

/// The requests of a file: one array, or a stream.
fn requests(text: &str) -> Vec<Value> {
    let values: Vec<Value> = serde_json::Deserializer::from_str(text).into_iter().map(|v| v.expect("JSON")).collect();
    match values.as_slice() {
        [Value::Array(list)] => list.clone(),
        _ => values,
    }
}

fn check(file: &str, requests: &[Value], expected: &[Value]) -> Result<(), String> {
    let mut faults = Vec::new();
    for (i, request) in requests.iter().enumerate() {
        let broken = binary::request_schema().iter_errors(request);
        faults.extend(broken.map(|e| format!("request {i} breaks the request schema at {}: {e}", e.instance_path())));
    }
    // As the README has it: from the folder, so that relative paths hold.
    let ended = binary::run(&["judge", "--ordered", file], &folder(), b"");
    let responses = ended.lines();
    if (ended.code(), responses.len()) != (0, expected.len()) {
        return Err(format!("exit status {}, {} lines\n{}{}", ended.code(), responses.len(), ended.stdout, ended.stderr));
    }
    for (i, (response, wanted)) in responses.iter().zip(expected).enumerate() {
        let wanted = serde_json::from_value(wanted.clone()).expect("an object");
        let differences = expect::differences(response, &wanted);
        if !differences.is_empty() {
            faults.push(format!("response {i}: {}\n{response:#}", differences.join("\n  ")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// A new example needs an expectation.
fn every_example_is_expected() -> Result<(), String> {
    let listed = examples();
    for entry in fs::read_dir(folder()).expect("examples") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let is_request = Path::new(&name).extension().is_some_and(|e| e == "json" || e == "jsonl");
        if is_request && !listed.iter().any(|(file, _)| *file == name) {
            return Err(format!("{name} has no expectation in examples.rs"));
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.add("every_example_is_expected", [], every_example_is_expected);
    for (file, expected) in examples() {
        let requests = requests(&fs::read_to_string(folder().join(file)).unwrap_or_else(|e| panic!("{file}: {e}")));
        let judges = |r: &Value| ["checker", "interactor"].map(|key| r[key]["language"].as_str().map(ToOwned::to_owned));
        let languages = requests.iter().flat_map(|r| [r["language"].as_str().map(ToOwned::to_owned)].into_iter().chain(judges(r)));
        let languages: Vec<String> = languages.flatten().collect();
        suite.add(file, languages.iter().map(String::as_str), move || check(file, &requests, &expected));
    }
    suite.run()
}
