//! The packages of `packages/`: `assize verify` finds each of their submissions as it must be, and would find it if one
//! were not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::binary::{self, Ended};
use harness::suite::Suite;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A package: its folder, its format, how many tests and submissions it has, and the languages it needs.
struct Case {
    name: &'static str,
    format: &'static str,
    tests: usize,
    submissions: usize,
    languages: &'static [&'static str],
    /// Enough for a machine with much else to do; less only where a submission is there to wait until then.
    wall_time: &'static str,
}

const PATIENT: &str = "60000";

const CASES: [Case; 9] = [
    Case { name: "sums", format: "ICPC 2025-09", tests: 5, submissions: 11, languages: &["cpp17", "java", "python3"], wall_time: PATIENT },
    Case {
        name: "circle",
        format: "ICPC legacy",
        tests: 5,
        submissions: 10,
        languages: &["cpp17", "java", "javascript", "python3"],
        wall_time: PATIENT,
    },
    Case {
        name: "divisors",
        format: "ICPC 2025-09",
        tests: 5,
        submissions: 7,
        languages: &["cpp17", "java", "python3"],
        wall_time: PATIENT,
    },
    Case { name: "guess", format: "ICPC 2025-09", tests: 4, submissions: 9, languages: &["cpp17", "java", "python3"], wall_time: "8000" },
    Case {
        name: "relay",
        format: "ICPC 2025-09",
        tests: 4,
        submissions: 7,
        languages: &["build-run", "cpp17", "java", "python3"],
        wall_time: PATIENT,
    },
    Case {
        name: "sorting",
        format: "ICPC 2025-09",
        tests: 7,
        submissions: 7,
        languages: &["cpp17", "java", "python3"],
        wall_time: PATIENT,
    },
    Case { name: "steps", format: "ICPC legacy", tests: 8, submissions: 7, languages: &["cpp17", "java", "python3"], wall_time: PATIENT },
    Case {
        name: "pairs",
        format: "Polygon",
        tests: 6,
        submissions: 8,
        languages: &["cpp17", "cpp20", "java", "python3"],
        wall_time: PATIENT,
    },
    Case {
        name: "words",
        format: "test data only",
        tests: 4,
        submissions: 6,
        languages: &["cpp17", "java", "python3"],
        wall_time: PATIENT,
    },
];

fn folder() -> PathBuf {
    binary::data().join("packages")
}

fn verify(args: &[&str], dir: &Path) -> (Ended, Value) {
    let ended = binary::run(&[&["verify", "--json"], args].concat(), dir, b"");
    let found = serde_json::from_str(&ended.stdout).unwrap_or(Value::Null);
    (ended, found)
}

fn green(case: &Case) -> Result<(), String> {
    let (ended, found) = verify(&[case.name, "--wall-time", case.wall_time], &folder());
    let rows = found["submissions"].as_array().cloned().unwrap_or_default();
    let bad: Vec<&Value> = rows.iter().filter(|r| r["ok"] != true).collect();
    if ended.code() != 0 || found["ok"] != true || !bad.is_empty() {
        return Err(format!("exit status {}\n{bad:#?}\n{}\n{}", ended.code(), found["warnings"], ended.stderr));
    }
    let seen = (found["format"].as_str(), found["tests"].as_u64(), rows.len());
    if seen != (Some(case.format), Some(case.tests as u64), case.submissions) {
        return Err(format!("{seen:?}"));
    }
    // Nothing is green for want of being run.
    let idle: Vec<&Value> = rows.iter().filter(|r| r["verdict"] != "CE" && r["cpu_time_ms"] == 0.0).collect();
    if idle.is_empty() { Ok(()) } else { Err(format!("not run: {idle:#?}")) }
}

/// A copy of a package, to be spoiled.
fn copy(name: &str) -> tempfile::TempDir {
    fn tree(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("mkdir");
        for entry in fs::read_dir(from).expect("a folder").map(|e| e.expect("an entry")) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                tree(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).expect("copy");
            }
        }
    }
    let dir = tempfile::tempdir().expect("a directory");
    tree(&folder().join(name), &dir.path().join(name));
    dir
}

/// A submission in a folder whose promise it breaks: exit status 1, it is named, and so is what is wrong.
fn mismatches_are_found() -> Result<(), String> {
    for (from, to, fault) in [
        ("accepted/count.py", "wrong_answer/count.py", "no test is WA (folder wrong_answer)"),
        ("wrong_answer/spaces.py", "accepted/spaces.py", "WA on 2, and 1 more, where only AC is permitted (folder accepted)"),
        ("wrong_answer/spaces.py", "time_limit_exceeded/spaces.py", "no test is TLE (folder time_limit_exceeded)"),
        ("accepted/count.cpp", "run_time_error/count.cpp", "no test is RTE (folder run_time_error)"),
        ("accepted/count.cpp", "partially_accepted/count.cpp", "all 4 points instead of some (folder partially_accepted)"),
    ] {
        let dir = copy("words");
        let submissions = dir.path().join("words/submissions");
        fs::create_dir_all(submissions.join(to).parent().expect("a folder")).expect("mkdir");
        fs::rename(submissions.join(from), submissions.join(to)).expect("rename");
        let (ended, found) = verify(&["words", "--time-limit", "2000", "--wall-time", PATIENT, "--only", to], dir.path());
        let faults = found["submissions"][0]["faults"].clone();
        if (ended.code(), &found["ok"]) != (1, &false.into()) || faults != serde_json::json!([fault]) {
            return Err(format!("{to}: exit status {}, {faults}, {}", ended.code(), ended.stderr));
        }
    }
    Ok(())
}

/// Exit status 2, every problem on a line of stderr, nothing on stdout.
fn what_cannot_be_used_is_refused() -> Result<(), String> {
    let dir = copy("sums");
    let yaml = dir.path().join("sums/problem.yaml");
    let text = fs::read_to_string(&yaml).expect("read") + "colour: red\n";
    fs::write(&yaml, text.replace("memory: 256", "memory: much")).expect("write");
    fs::remove_file(dir.path().join("sums/data/secret/01-one.ans")).expect("remove");
    let ended = binary::run(&["verify", "sums"], dir.path(), b"");
    for line in [
        "problem.yaml:9: error: `limits.memory` must be a number above 0, not \"much\"",
        "problem.yaml:10: error: there is no key `colour` in this format; correct or remove it",
        "data/secret/01-one.in: error: there is no 01-one.ans beside it; add the answer (it may be empty)",
    ] {
        if !ended.stderr.lines().any(|l| l == line) {
            return Err(format!("{line}\nis not in\n{}", ended.stderr));
        }
    }
    let ok = ended.code() == 2 && ended.stdout.is_empty() && ended.stderr.ends_with("the package can't be used: 3 errors\n");
    if ok { Ok(()) } else { Err(format!("exit status {}\n{}\n{}", ended.code(), ended.stdout, ended.stderr)) }
}

/// The table for people says the same.
fn the_table_is_for_people() -> Result<(), String> {
    let ended = binary::run(&["verify", "words", "--tests", "--wall-time", PATIENT], &folder(), b"");
    let has = |words: &[&str]| ended.stdout.lines().any(|l| l.split_whitespace().collect::<Vec<_>>().starts_with(words));
    let ok = ended.code() == 0
        && has(&["✓", "accepted/count.py", "python3", "AC", "AC", "4/4"])
        && has(&["✓", "wrong_answer/spaces.py", "python3", "WA", "WA", "on", "2"])
        && has(&["sample/1", "AC"])
        && has(&["slowest", "good"])
        && ended.stdout.ends_with("all 6 submissions are as expected\n");
    if ok { Ok(()) } else { Err(format!("exit status {}\n{}\n{}", ended.code(), ended.stdout, ended.stderr)) }
}

/// A new package needs an expectation.
fn every_package_is_expected() -> Result<(), String> {
    for entry in fs::read_dir(folder()).expect("packages") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if !CASES.iter().any(|case| case.name == name) {
            return Err(format!("{name} has no expectation in packages.rs"));
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.add("every_package_is_expected", [], every_package_is_expected);
    for case in &CASES {
        suite.add(case.name, case.languages.iter().copied(), || green(case));
    }
    let languages = ["cpp17", "java", "python3"];
    suite.add("mismatches_are_found", languages, mismatches_are_found);
    suite.add("what_cannot_be_used_is_refused", [], what_cannot_be_used_is_refused);
    suite.add("the_table_is_for_people", languages, the_table_is_for_people);
    suite.run()
}
