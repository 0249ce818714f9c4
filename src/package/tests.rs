//! Packages written into a folder, and what is read of them.
use super::*;
use crate::model::{CheckerKind, Content, Millis};
use crate::profile::Profiles;
use std::fs;
use tempfile::TempDir;

mod formats;
mod malformed;
mod polygon;

/// A package of these files; a name ending in `/` is an empty folder.
fn write(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
        if !name.ends_with('/') {
            fs::write(path, content).unwrap();
        }
    }
    dir
}

fn open(files: &[(&str, &str)]) -> (TempDir, Package) {
    let dir = write(files);
    let package = Package::open(dir.path(), &Profiles::built_in());
    let package = package.unwrap_or_else(|problems| panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>()));
    (dir, package)
}

/// The problems of a package, as people read them.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let dir = write(files);
    let found = match Package::open(dir.path(), &Profiles::built_in()) {
        Ok(package) => package.warnings,
        Err(problems) => problems,
    };
    found.iter().map(ToString::to_string).collect()
}

const BASE: [(&str, &str); 7] = [
    ("problem.yaml", "problem_format_version: 2025-09\nname: Sums\nuuid: 5ca6ba5b-36d5-4eff-8aa7-d967cbc4375e\n"),
    ("statement/problem.en.md", "Add.\n"),
    ("input_validators/check.py", ""),
    ("data/sample/1.in", "1 2\n"),
    ("data/sample/1.ans", "3\n"),
    ("data/secret/2.in", "3 4\n"),
    ("data/secret/2.ans", "7\n"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut files: Vec<_> = BASE.iter().copied().filter(|(name, _)| !more.iter().any(|(n, _)| n == name)).collect();
    files.extend(more);
    files
}

#[test]
fn a_simple_package_becomes_a_request() {
    let (dir, package) = open(&with(&[
        ("problem.yaml", "problem_format_version: 2025-09\nname: {de: Summen, en: Sums}\nuuid: x\nlimits: {time_limit: 1.5, memory: 64}\n"),
        ("submissions/accepted/add.py", "print(sum(map(int, input().split())))\n"),
        ("submissions/wrong_answer/minus/main.cpp", "int main() {}\n"),
        ("submissions/wrong_answer/minus/a.h", "\n"),
        ("include/default/lib.txt", "all"),
        ("include/cpp/lib.txt", "C++"),
    ]));
    assert_eq!((package.title.as_str(), package.format, package.scoring), ("Sums", Format::Icpc2025, Scoring::PassFail));
    assert_eq!(package.warnings, []);
    let names: Vec<(&str, &str)> = package.submissions.iter().map(|s| (s.name.as_str(), s.program.language.as_str())).collect();
    assert_eq!(names, [("accepted/add.py", "python3"), ("wrong_answer/minus", "cpp17")]);
    let profiles = Profiles::built_in();
    let submission = &package.submissions[1];
    let language = profiles.language(&submission.program.language).unwrap();
    let request = package.request(&submission.program, language, package.limits.time.unwrap());
    assert_eq!(request.limits.cpu_time_ms, Millis::new(1500.0));
    assert_eq!((request.limits.memory_bytes, request.limits.scale), (Some(64 << 20), Some(true)));
    let files: Vec<&str> = request.files.keys().map(crate::model::BoxName::as_str).collect();
    assert_eq!(files, ["a.h", "lib.txt", "main.cpp"]);
    let root = dir.path().canonicalize().unwrap();
    assert_eq!(request.files.get("lib.txt"), Some(&Content::Path(root.join("include/cpp/lib.txt"))));
    let tests: Vec<_> = request.tests.iter().map(|t| (t.id.as_deref(), t.group.as_deref(), t.stdin.clone())).collect();
    assert_eq!(
        tests,
        [
            (Some("sample/1"), Some("sample"), Content::Path(root.join("data/sample/1.in"))),
            (Some("secret/2"), Some("secret"), Content::Path(root.join("data/secret/2.in"))),
        ]
    );
    let checker = request.checker.unwrap();
    assert_eq!((checker.kind, checker.case_sensitive), (CheckerKind::Tokens, false));
    assert!(package.tests[0].full_feedback && !package.tests[1].full_feedback);
}

#[test]
fn tests_with_other_arguments_have_a_checker_of_their_own() {
    let (_dir, package) = open(&with(&[
        ("data/sample/test_group.yaml", "output_validator_args: [float_tolerance, '0.1']\n"),
        ("data/secret/3.in", ""),
        ("data/secret/3.ans", ""),
        ("data/secret/3.yaml", "output_validator_args: [case_sensitive]\nargs: [a, b c]\n"),
    ]));
    let kinds: Vec<_> = package.tests.iter().map(|t| t.checker.as_ref().map(|c| (c.kind, c.case_sensitive))).collect();
    assert_eq!(kinds, [None, Some((CheckerKind::Tokens, false)), Some((CheckerKind::Tokens, true))]);
    assert_eq!(package.checker.as_ref().map(|c| (c.kind, c.absolute)), Some((CheckerKind::Float, Some(0.1))));
    assert_eq!(package.tests[2].args, ["a", "b c"]);
}

#[test]
fn test_data_alone_is_a_package() {
    let (_dir, package) = open(&[("10.in", ""), ("10.out", ""), ("9.in", ""), ("9.ans", ""), ("sample/1.in", ""), ("sample/1.ans", "")]);
    let tests: Vec<_> = package.tests.iter().map(|t| (t.id.as_str(), t.points, t.sample)).collect();
    assert_eq!(tests, [("sample/1", Some(1.0), true), ("9", Some(1.0), false), ("10", Some(1.0), false)]);
    assert_eq!((package.format, package.limits.time), (Format::Data, None));
}
