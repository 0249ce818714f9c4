//! Groups and points of both ICPC formats, archives, and tables of what folders promise.
use super::{open, problems, with, write};
use crate::model::{Aggregate, StopOn, Verdict};
use crate::package::{Package, Verdicts};
use crate::profile::Profiles;
use std::fs::File;
use std::io::Write as _;

fn groups(package: &Package) -> Vec<String> {
    let group = |g: &crate::model::Group| {
        let points = g.points.map_or(String::new(), |p| format!(" {p}"));
        let aggregate = g.aggregate.map_or(String::new(), |a| format!(" {a:?}"));
        let requires = if g.requires.is_empty() { String::new() } else { format!(" after {}", g.requires.join(",")) };
        let stop = match g.stop_on {
            None => "",
            Some(StopOn::Never) => " goes on",
            Some(StopOn::GroupFailure) => " breaks",
            Some(StopOn::FirstFailure) => " breaks all",
        };
        format!("{}{points}{aggregate}{requires}{stop}", g.id)
    };
    package.groups.iter().map(group).collect()
}

fn tests(package: &Package) -> Vec<String> {
    let test = |t: &crate::package::PackageTest| {
        let points = t.points.map_or(String::new(), |p| format!(" {p}"));
        format!("{} in {}{points}", t.id, t.group.as_deref().unwrap_or("none"))
    };
    package.tests.iter().map(test).collect()
}

const SCORING: (&str, &str) = ("problem.yaml", "problem_format_version: 2025-09\ntype: scoring\nname: X\nuuid: x\n");

#[test]
fn points_of_2025_09_are_shared_out_as_the_format_says() {
    let (_dir, package) = open(&with(&[
        SCORING,
        ("data/secret/2.in", ""),
        ("data/secret/3.in", ""),
        ("data/secret/3.ans", ""),
        ("data/secret/test_group.yaml", "max_score: 60\n"),
    ]));
    assert_eq!(groups(&package), ["sample 0 All", "secret Sum"]);
    assert_eq!(tests(&package), ["sample/1 in sample", "secret/2 in secret 30", "secret/3 in secret 30"]);

    let mut files = with(&[
        SCORING,
        ("data/secret/a/test_group.yaml", "max_score: 10\nrequire_pass: sample\n"),
        ("data/secret/a/1.in", ""),
        ("data/secret/a/1.ans", ""),
        ("data/secret/b/test_group.yaml", "max_score: 40\nscore_aggregation: min\nrequire_pass: [a]\n"),
        ("data/secret/b/x/1.in", ""),
        ("data/secret/b/x/1.ans", ""),
        ("data/secret/c/test_group.yaml", "max_score: 50\nscore_aggregation: sum\n"),
        ("data/secret/c/1.in", ""),
        ("data/secret/c/1.ans", ""),
        ("data/secret/c/2.in", ""),
        ("data/secret/c/2.ans", ""),
    ]);
    files.retain(|(name, _)| !name.starts_with("data/secret/2"));
    let (_dir, package) = open(&files);
    assert_eq!(
        groups(&package),
        ["sample 0 All", "secret Sum", "secret/a 10 All after sample", "secret/b Min after secret/a", "secret/c Sum",]
    );
    assert_eq!(
        tests(&package),
        [
            "sample/1 in sample",
            "secret/a/1 in secret/a",
            "secret/b/x/1 in secret/b 40",
            "secret/c/1 in secret/c 25",
            "secret/c/2 in secret/c 25",
        ]
    );
}

#[test]
fn what_points_of_2025_09_can_not_be_is_named() {
    let mut files = with(&[
        SCORING,
        ("data/secret/a/1.in", ""),
        ("data/secret/a/1.ans", ""),
        ("data/secret/b/test_group.yaml", "max_score: 90\nscore_aggregation: sum\nstatic_validation_score: 3\n"),
        ("data/secret/b/1.in", ""),
        ("data/secret/b/1.ans", ""),
        ("data/secret/b/inner/test_group.yaml", ""),
        ("data/secret/c/test_group.yaml", "max_score: 20\nrequire_pass: [secret/b, secret/d]\n"),
        ("data/secret/c/1.in", ""),
        ("data/secret/c/1.ans", ""),
        ("data/secret/d/", ""),
    ]);
    files.retain(|(name, _)| !name.starts_with("data/secret/2"));
    let found = problems(&files);
    for wanted in [
        "data/secret/a/test_group.yaml: error: the group needs a `max_score`, since data/secret has one (100 unless it says otherwise)",
        "data/secret/b/test_group.yaml:3: error: `static_validation_score`: static validators are not supported",
        "data/secret/b/inner/test_group.yaml: error: groups don't nest in this version of the format",
        "data/secret/c/test_group.yaml:2: error: `require_pass`: secret/b must have `score_aggregation: pass-fail`",
        "data/secret/c/test_group.yaml:2: error: `require_pass`: there is no group \"secret/d\" before this one; there are sample, secret/a, secret/b",
        "data/secret/d: error: the group has no test; add one, or remove the folder",
        "data/secret/test_group.yaml: error: the groups give 110 points together, more than the 100 of data/secret",
    ] {
        assert!(found.iter().any(|p| p == wanted), "{wanted}\nis not among\n{}", found.join("\n"));
    }
}

/// A legacy scoring package with these settings for its root and for its only group, which has two tests.
fn legacy(root: &str, group: &str) -> Vec<(String, String)> {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let mut files = vec![
        file("problem.yaml", "type: scoring\n"),
        file("data/testdata.yaml", root),
        file("data/secret/testdata.yaml", "on_reject: continue\ngrader_flags: always_accept\n"),
        file("data/secret/g/testdata.yaml", group),
    ];
    for test in ["sample/1", "secret/g/1", "secret/g/2"] {
        files.push(file(&format!("data/{test}.in"), ""));
        files.push(file(&format!("data/{test}.ans"), ""));
    }
    files
}

#[test]
fn legacy_grader_flags_are_folded_into_groups() {
    for (flags, wanted, each) in [
        ("", "All", "1"),
        ("grader_flags: first_error sum\naccept_score: 5", "All", "5"),
        ("grader_flags: min\naccept_score: 5", "Min", "5"),
        ("grader_flags: worst_error avg\naccept_score: 5", "Min", "5"),
        ("grader_flags: max", "Min", "1"),
        ("grader_flags: always_accept\naccept_score: 2.5", "Sum", "2.5"),
        ("grader_flags: accept_if_any_accepted max\naccept_score: 3", "Max", "3"),
        ("grader_flags: sum always_accept avg", "Avg", "1"),
    ] {
        let files = legacy("on_reject: continue\ngrader_flags: ignore_sample always_accept\n", flags);
        let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let (_dir, package) = open(&files);
        assert_eq!(groups(&package), ["sample 0 All goes on", "secret Sum goes on", &format!("secret/g {wanted} breaks")], "{flags}");
        assert_eq!(tests(&package)[1], format!("secret/g/1 in secret/g {each}"), "{flags}");
        assert_eq!(package.groups[2].aggregate.is_some_and(|a| a == Aggregate::All), wanted == "All");
    }
    // A root that is strict: a failed sample takes all.
    let files = legacy("on_reject: break\n", "");
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (_dir, package) = open(&files);
    assert_eq!(groups(&package), ["sample 0 All breaks all", "secret Sum after sample goes on", "secret/g All breaks"]);
}

#[test]
fn what_legacy_graders_do_and_we_do_not_is_named() {
    for (group, wanted) in [
        ("grading: custom", "data/secret/g/testdata.yaml:1: error: `grading: custom` is not supported"),
        ("grader_flags: ignore_sample", "data/secret/g/testdata.yaml:1: error: `ignore_sample` is for data/testdata.yaml only"),
        ("grader_flags: best", "data/secret/g/testdata.yaml:1: error: the default grader has no flag \"best\""),
        ("on_reject: stop", "data/secret/g/testdata.yaml:1: error: `on_reject` must be `break` or `continue`"),
        ("reject_score: -1", "data/secret/g/testdata.yaml:1: error: `reject_score: -1` is not supported"),
        ("range: 0 to 5", "data/secret/g/testdata.yaml:1: error: `range` must be two numbers"),
        ("output_validator_flags: 'float_tolerance", "data/secret/g/testdata.yaml:"),
    ] {
        let files = legacy("on_reject: continue\ngrader_flags: ignore_sample\n", group);
        let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let found = problems(&files);
        assert!(found.iter().any(|p| p.starts_with(wanted)), "{wanted}\nis not among\n{}", found.join("\n"));
    }
    let yaml = "validation: custom score interactive fast\ngrading: {objective: min}\n";
    let found = problems(&[("problem.yaml", yaml), ("data/secret/1.in", ""), ("data/secret/1.ans", ""), ("graders/g.py", "")]);
    for wanted in [
        "graders: error: custom graders are not supported",
        "problem.yaml:1: error: `validation` has \"fast\"",
        "problem.yaml:1: error: `score` is for problems of the type `scoring`",
        "problem.yaml:2: error: `objective: min` is not supported",
        "problem.yaml: error: an interactive problem needs an output validator; put it into output_validators/",
    ] {
        assert!(found.iter().any(|p| p.starts_with(wanted)), "{wanted}\nis not among\n{}", found.join("\n"));
    }
}

/// The folder's promise, in a line: permitted, required, and which bound of the time limit it is.
fn promise(version: &str, folder: &str) -> String {
    let head = format!("problem_format_version: {version}\nname: X\nuuid: x\ntype: scoring\n");
    let file = format!("submissions/{folder}/a.py");
    let statement = [("problem_statement/problem.tex", ""), ("statement/problem.en.md", "")];
    let files =
        [
            &[
                ("problem.yaml", head.as_str()),
                (&file, ""),
                ("data/secret/1.in", ""),
                ("data/secret/1.ans", ""),
                ("input_validators/a", ""),
            ][..],
            &statement,
        ]
        .concat();
    let (_dir, package) = open(&files);
    let submission = &package.submissions[0];
    let Some(rule) = submission.expected.rules.first() else { return "nothing".to_owned() };
    let set = |word: &str, set: Option<Verdicts>| set.map_or(String::new(), |s| format!("{word} {s}; "));
    let bounds = submission.expected.bounds("secret/1");
    let bound = match (bounds.lower, bounds.upper) {
        (true, false) => "lower",
        (false, true) => "upper",
        _ => "no bound",
    };
    let points = if rule.points.is_some() { "not all points; " } else { "" };
    format!("{}{}{}{points}{bound}", set("all", rule.permitted), set("one", rule.required), set("whole", rule.overall))
}

#[test]
fn folders_promise_what_the_formats_say() {
    for (folder, legacy, latest) in [
        ("accepted", "all AC; lower", "all AC; lower"),
        ("rejected", "one WA, TLE or RTE; no bound", "one WA, TLE or RTE; no bound"),
        ("wrong_answer", "all AC or WA; one WA; no bound", "all AC or WA; one WA; lower"),
        ("time_limit_exceeded", "all AC, WA or TLE; one TLE; upper", "all AC or TLE; one TLE; upper"),
        ("run_time_error", "one RTE; no bound", "all AC or RTE; one RTE; lower"),
        ("brute_force", "all AC, TLE or RTE; one TLE or RTE; no bound", "all AC, TLE or RTE; one TLE or RTE; no bound"),
        ("partially_accepted", "one AC; not all points; no bound", "one AC; not all points; no bound"),
        ("compiler_error", "whole CE; no bound", "whole CE; no bound"),
        ("mixed", "nothing", "nothing"),
    ] {
        assert_eq!(promise("legacy", folder), legacy, "{folder}");
        assert_eq!(promise("2025-09", folder), latest, "{folder}");
    }
}

#[test]
fn submissions_yaml_replaces_and_adds() {
    let (_dir, package) = open(&with(&[
        ("submissions/accepted/a.py", ""),
        ("submissions/other/b.py", ""),
        ("submissions/other/c.py", ""),
        ("submissions/time_limit_exceeded/d.py", ""),
        (
            "submissions/submissions.yaml",
            "accepted: {use_for_time_limit: false}\naccepted/*: {message: fine}\nother/{b,c}.py:\n  permitted: [AC, TLE]\n  sample: {permitted: [AC]}\n\
             other/c.py: {use_for_time_limit: upper, language: python3}\ntime_limit_exceeded: {permitted: [AC, WA, TLE]}\n",
        ),
    ]));
    let of = |name: &str| &package.submissions.iter().find(|s| s.name == name).unwrap().expected;
    assert_eq!(of("accepted/a.py").rules.len(), 2);
    assert_eq!(of("accepted/a.py").rules[1].message.as_deref(), Some("fine"));
    let b = of("other/b.py");
    assert_eq!(b.rules.iter().map(|r| r.permitted.unwrap().to_string()).collect::<Vec<_>>(), ["AC or TLE", "AC"]);
    assert!(b.bounds("sample/1").lower && !b.bounds("secret/2").lower);
    assert!(of("other/c.py").bounds("secret/2").upper);
    let slow = &of("time_limit_exceeded/d.py").rules;
    assert_eq!((slow.len(), slow[0].required, slow[0].permitted.map(|p| p.has(Verdict::Wa))), (1, Some(Verdicts::TLE), Some(true)));
    assert!(of("time_limit_exceeded/d.py").any_bounds().upper);
}

#[test]
fn rules_that_contradict_each_other_are_named() {
    let found =
        problems(&with(&[("submissions/accepted/a.py", ""), ("submissions/submissions.yaml", "accepted/a.py: {permitted: [WA]}\n")]));
    assert!(found.iter().any(|p| p.starts_with("submissions/accepted/a.py: error: one rule permits")), "{found:?}");
}

#[test]
fn expected_results_count_outside_the_four_folders_only() {
    let python = "# @EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT\n";
    let (_dir, package) = open(&with(&[
        ("submissions/accepted/a.py", python),
        ("submissions/mixed/b.py", python),
        ("submissions/mixed/c/main.cpp", "/* @EXPECTED_RESULTS@: run_time_error */\n"),
    ]));
    let expected: Vec<String> = package.submissions.iter().map(|s| s.expected.to_string()).collect();
    assert_eq!(expected, ["AC", "WA or TLE", "RTE"]);
    let found = problems(&with(&[("submissions/mixed/b.py", "\n# @EXPECTED_RESULTS@: SPLENDID\n")]));
    assert!(found.iter().any(|p| p == "submissions/mixed/b.py:2: error: @EXPECTED_RESULTS@: there is no result \"SPLENDID\""), "{found:?}");
}

#[test]
fn time_limits_in_the_wild_are_found() {
    let time = |files: &[(&str, &str)]| {
        let mut all = vec![("problem.yaml", "name: X\n"), ("data/secret/1.in", ""), ("data/secret/1.ans", "")];
        all.extend(files);
        open(&all).1.limits.time.map(crate::model::Millis::get)
    };
    assert_eq!(time(&[]), None);
    assert_eq!(time(&[(".timelimit", "2\n")]), Some(2000.0));
    assert_eq!(time(&[("domjudge-problem.ini", "name = 'X'\ntimelimit='0.5'\n")]), Some(500.0));
    assert_eq!(time(&[(".timelimit", "3"), ("domjudge-problem.ini", "timelimit = 5")]), Some(3000.0));
    let found = problems(&[
        ("problem.yaml", ""),
        ("domjudge-problem.ini", "\ntimelimit=soon\n"),
        ("data/secret/1.in", ""),
        ("data/secret/1.ans", ""),
    ]);
    assert!(
        found.iter().any(|p| p == "domjudge-problem.ini:2: error: \"soon\" is no time limit: give seconds, such as 2 or 0.5"),
        "{found:?}"
    );
}

#[test]
fn an_archive_is_a_package_and_leaves_nothing_behind() {
    let dir = write(&[]);
    let pack = |name: &str, entries: &[(&str, &str)]| {
        let path = dir.path().join(name);
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, text) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    };
    let inside = [("sums/1.in", "1\n"), ("sums/1.ans", "2\n"), ("__MACOSX/x", "")];
    for (name, entries) in [("sums.zip", &inside[..]), ("sums.kpp", &[("1.in", ""), ("1.ans", "")])] {
        let package = Package::open(&pack(name, entries), &Profiles::built_in()).unwrap();
        assert_eq!((package.name.as_str(), package.tests.len()), ("sums", 1), "{name}");
        let input = package.tests[0].input.clone();
        assert!(input.is_file());
        drop(package);
        assert!(!input.exists(), "{name}");
    }
    for (name, entries, wanted) in
        [("evil.zip", vec![("../1.in", "")], "evil.zip: the entry"), ("not.rar", vec![], "is neither a folder nor an archive")]
    {
        let found = Package::open(&pack(name, &entries), &Profiles::built_in()).unwrap_err();
        assert!(found[0].message.contains(wanted), "{}", found[0]);
    }
}
