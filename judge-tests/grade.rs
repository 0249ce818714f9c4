//! `assize grade`: a class of thirty, killed and resumed; its table, CSV, JSON, pages; and the report in a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#[path = "grade/class.rs"]
mod class;
mod harness;
#[path = "grade/page.rs"]
mod page;

use class::{Expect, STUDENTS};
use harness::binary::{self, Ended};
use harness::suite::Suite;
use harness::{in_uml, processes};
use libtest_mimic::Completion;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const LANGUAGES: [&str; 4] = ["python3", "c17", "cpp17", "bash"];
const ALL: [&str; 8] = ["--csv", "out.csv", "--json", "out.json", "--html", "out.html", "--feedback", "feedback"];

type Check<T> = fn(&T) -> Result<(), String>;

/// A package and a class, and what came of them when nobody interrupted.
struct Scene {
    folder: tempfile::TempDir,
    graded: OnceLock<Result<(), String>>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        class::package(&folder.path().join("heights"));
        class::students(&folder.path().join("class"));
        Self { folder, graded: OnceLock::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder of its own for a test's results.
    fn desk(&self, name: &str) -> PathBuf {
        let desk = self.path(name);
        fs::create_dir(&desk).expect("mkdir");
        desk
    }

    /// The whole class, once, without interruption: `whole/out.*`.
    fn whole(&self) -> Result<PathBuf, String> {
        let desk = self.path("whole");
        let grade = || {
            let ended = grade(&self.desk("whole"), &ALL);
            fs::write(self.path("whole/table"), &ended.stdout).expect("write");
            // Some can't be judged as they are.
            if ended.code() == 1 { Ok(()) } else { Err(format!("exit status {}\n{}\n{}", ended.code(), ended.stdout, ended.stderr)) }
        };
        self.graded.get_or_init(grade).clone().map(|()| desk)
    }
}

fn grade(desk: &Path, more: &[&str]) -> Ended {
    binary::run(&[&["grade", "../heights", "../class", "--results", "results.jsonl", "-j2"], more].concat(), desk, b"")
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Waits until so many results are there, for at most two minutes.
fn reaches(results: &Path, wanted: usize) -> bool {
    let start = Instant::now();
    while lines(results).len() < wanted && start.elapsed() < Duration::from_mins(2) {
        std::thread::sleep(Duration::from_millis(2));
    }
    lines(results).len() >= wanted
}

/// What is the same in two runs: not the times, nor the memory.
fn lasting(csv: &Path) -> Vec<Vec<String>> {
    let cells = |line: &String| line.split(',').enumerate().filter(|(i, _)| !matches!(i, 7 | 8)).map(|(_, c)| c.to_owned()).collect();
    lines(csv).iter().map(cells).collect()
}

fn students(desk: &Path) -> BTreeMap<String, Value> {
    let json: Value = serde_json::from_str(&fs::read_to_string(desk.join("out.json")).expect("out.json")).expect("JSON");
    let key = |s: &Value| s["key"].as_str().expect("key").to_owned();
    json["students"].as_array().expect("students").iter().map(|s| (key(s), s.clone())).collect()
}

macro_rules! check {
    ($condition:expr, $($told:tt)+) => { if !$condition { return Err(format!($($told)+)); } };
}

/// Each of the thirty gets what he must, in every form of the report.
fn everyone_gets_what_he_must(scene: &Scene) -> Result<(), String> {
    let desk = scene.whole()?;
    let students = students(&desk);
    check!(students.len() == STUDENTS.len() && STUDENTS.len() == 30, "{} students", students.len());
    for student in &STUDENTS {
        let found = students.get(student.key).ok_or_else(|| format!("{:?} is missing in {:?}", student.key, students.keys()))?;
        match student.expect {
            Expect::Verdict(verdict, points) => {
                let response = &found["outcome"]["judged"];
                check!(response["verdict"] == verdict && response["points"] == points, "{}: {:#}", student.key, response);
                check!(response["tests"].as_array().is_some_and(|t| t.len() == class::TESTS), "{}", student.key);
            }
            Expect::Problem(part) => {
                let problem = found["outcome"]["problem"].as_str().unwrap_or_default();
                check!(problem.contains(part), "{}: {problem:?} has no {part:?} in it", student.key);
            }
        }
    }
    let csv = lines(&desk.join("out.csv"));
    check!(csv.len() == 31 && csv[0].starts_with("key,name,verdict,points,max_points,passed,tests,"), "{csv:#?}");
    check!(csv.iter().any(|l| l.starts_with("Mia.c,Mia,TLE,40,100,4,6,")), "{csv:#?}");
    check!(csv.iter().all(|l| !l.starts_with('=')), "a formula: {csv:#?}");
    let table = fs::read_to_string(desk.join("table")).expect("table");
    check!(table.contains("30 submissions: ") && table.contains("6 not judged"), "{table}");
    check!(!table.contains(['\u{1b}', '\u{202e}']), "{table:?}");
    check!(fs::read_dir(desk.join("feedback")).expect("feedback").count() == 30, "not a page for each");
    check!(!scene.path("escaped").exists() && !Path::new("/tmp/assize-escaped").exists(), "an archive wrote outside");
    let kept = lines(&desk.join("results.jsonl"));
    check!(kept.len() == 24, "{} results are kept", kept.len());
    Ok(())
}

/// Killed in the middle, with a line half written, and resumed: nothing that was kept is judged again, and all is as if
/// nothing had happened.
fn a_killed_run_is_resumed(scene: &Scene) -> Result<(), String> {
    let whole = scene.whole()?;
    let desk = scene.desk("killed");
    let results = desk.join("results.jsonl");
    let args = ["grade", "../heights", "../class", "--results", "results.jsonl", "-j2"];
    for wanted in [6, 14] {
        let more: &[&str] = if wanted == 6 { &[] } else { &["--resume"] };
        let child = binary::start(&[&args, more].concat(), &desk);
        let reached = reaches(&results, wanted);
        processes::send(&child, Signal::SIGKILL);
        let ended = binary::finish(child);
        check!(reached && ended.status.code().is_none(), "it ended before it could be killed: {ended:?}");
    }
    // As if the power had failed while it wrote.
    let before = fs::read_to_string(&results).expect("results");
    check!(before.ends_with('\n'), "a torn line by itself: rare, and good, but not what is tested here");
    let kept = before.lines().count();
    check!((14..24).contains(&kept), "{kept} kept");
    fs::write(&results, format!("{before}{}", &before[..300])).expect("write");
    let refused = grade(&desk, &[]);
    check!(refused.code() == 2 && refused.stderr.contains("--resume"), "{}", refused.stderr);
    let ended = grade(&desk, &[&["--resume"], &ALL[..]].concat());
    check!(ended.code() == 1, "exit status {}\n{}", ended.code(), ended.stderr);
    check!(ended.stderr.contains(&format!("{kept} of 30 were judged before")), "{}", ended.stderr);
    check!(ended.stderr.contains("cut short"), "the torn line is not told: {}", ended.stderr);
    let after = fs::read_to_string(&results).expect("results");
    check!(after.starts_with(&before), "what was kept has changed");
    let mut keys: Vec<String> = after.lines().map(|l| serde_json::from_str::<Value>(l).expect("a whole line")["key"].to_string()).collect();
    check!(keys.len() == 24, "{} results for 24 that can be judged", keys.len());
    keys.sort();
    keys.dedup();
    check!(keys.len() == 24, "someone was judged twice: {keys:?}");
    let (resumed, uninterrupted) = (lasting(&desk.join("out.csv")), lasting(&whole.join("out.csv")));
    let other: Vec<_> = resumed.iter().zip(&uninterrupted).filter(|(a, b)| a != b).collect();
    check!(other.is_empty() && resumed.len() == 31, "not as the uninterrupted run has it: {other:#?}");
    // And once more: there is nothing left to judge.
    let ended = grade(&desk, &["--resume"]);
    check!(ended.stderr.contains("24 of 30 were judged before"), "{}", ended.stderr);
    check!(fs::read_to_string(&results).expect("results") == after, "something was judged again");
    Ok(())
}

/// Ctrl-C keeps what there is, leaves nothing running, and says how to go on.
fn an_interrupted_run_ends_at_once(scene: &Scene) -> Result<(), String> {
    let desk = scene.desk("interrupted");
    let child = binary::start(&["grade", "../heights", "../class", "-j2"], &desk);
    let results = desk.join("heights.results.jsonl");
    let reached = reaches(&results, 3);
    processes::send(&child, Signal::SIGINT);
    let interrupted = Instant::now();
    let ended = binary::finish(child);
    check!(reached, "no results in two minutes: {ended:?}");
    check!(ended.code() == 130 && interrupted.elapsed() < Duration::from_secs(10), "{ended:?}");
    check!(ended.stderr.contains("not judged yet; go on with --resume") && ended.stdout.is_empty(), "{ended:?}");
    check!(lines(&results).iter().all(|l| serde_json::from_str::<Value>(l).is_ok()), "not whole lines");
    Ok(())
}

/// Only who has changed is judged again; when the package changes, everyone is.
fn only_what_has_changed_is_judged_again(_: &Scene) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a directory");
    class::package(&folder.path().join("heights"));
    let class = folder.path().join("class");
    fs::create_dir(&class).expect("mkdir");
    for name in ["a", "b", "c"] {
        fs::write(class.join(format!("{name}.py")), class::RIGHT).expect("write");
    }
    let grade = |more: &[&str]| {
        let args = ["grade", "heights", "class", "--stop-on", "first_failure", "--csv", "out.csv"];
        let ended = binary::run(&[&args, more].concat(), folder.path(), b"");
        let results = lines(&folder.path().join("heights.results.jsonl"));
        (ended, results.len(), lines(&folder.path().join("out.csv")))
    };
    let (ended, count, _) = grade(&[]);
    check!(ended.code() == 0 && count == 3, "{ended:?}");
    fs::write(class.join("b.py"), "print(1)\n").expect("write");
    let (ended, count, csv) = grade(&["--resume"]);
    check!(ended.code() == 0 && count == 4 && csv[2].starts_with("b.py,b,WA,"), "{count} {csv:?} {ended:?}");
    check!(csv[2].ends_with(",WA,SK,SK,SK,SK,SK"), "not stopped early: {csv:?}");
    // The package's own submissions decide nothing.
    fs::create_dir_all(folder.path().join("heights/submissions/accepted")).expect("mkdir");
    fs::write(folder.path().join("heights/submissions/accepted/x.py"), class::RIGHT).expect("write");
    let (_, count, _) = grade(&["--resume"]);
    check!(count == 4, "{count} after nothing has changed");
    fs::write(folder.path().join("heights/data/secret/1-small/1.ans"), "8\n8\n").expect("write");
    let (_, count, csv) = grade(&["--resume"]);
    check!(count == 7 && csv[1].starts_with("a.py,a,WA,"), "{count} {csv:?}");
    let (_, count, _) = grade(&["--resume", "--time-limit", "3000"]);
    check!(count == 10, "{count} after another time limit");
    Ok(())
}

/// What can't be used is refused, with what to do.
fn what_cannot_be_used_is_refused(scene: &Scene) -> Result<(), String> {
    // Its results are resumed below: not while another test has it made.
    scene.whole()?;
    let desk = scene.desk("refused");
    fs::create_dir(desk.join("data")).expect("mkdir");
    fs::write(desk.join("data/1.in"), "1\n").expect("write");
    fs::write(desk.join("data/1.ans"), "1\n").expect("write");
    for (args, part) in [
        (&["../gone", "../class"][..], "gone"),
        (&["../class", "../class"], "no problem package"),
        (&["../heights", "../gone"], "../gone"),
        (&["data", "../class"], "--time-limit"),
        (&["../heights", "../class", "--language", "klingon"], "there is no such language"),
        (&["../heights", "../class", "--csv", "no/such/folder/x.csv", "--resume", "--results", "../whole/results.jsonl"], "x.csv"),
    ] {
        let ended = binary::run(&[&["grade"], args].concat(), &desk, b"");
        check!(ended.code() == 2 && ended.stderr.contains(part), "{args:?}: {ended:?}");
    }
    let ended = binary::run(&["grade", "--help"], &desk, b"");
    check!(ended.stdout.contains("Exit status") && ended.stdout.contains("Examples:"), "{}", ended.stdout);
    Ok(())
}

/// What students are shown has no secret input, answer or output in it; what the staff sees has.
fn feedback_keeps_secrets(scene: &Scene) -> Result<(), String> {
    let desk = scene.whole()?;
    let staff = fs::read_to_string(desk.join("out.html")).expect("out.html");
    check!(staff.contains(class::SECRET), "the staff does not see the secret: the check below could not fail");
    for page in fs::read_dir(desk.join("feedback")).expect("feedback") {
        let page = page.expect("an entry").path();
        let text = fs::read_to_string(&page).expect("a page");
        check!(!text.contains(class::SECRET), "{} shows a secret number", page.display());
        check!(text.contains("Content-Security-Policy") && !text.contains("<script"), "{}", page.display());
    }
    // An example is no secret.
    let karl = fs::read_to_string(desk.join("feedback/Karl.py.html")).expect("Karl's page");
    check!(karl.contains("sample/1") && karl.contains("<del>"), "{karl}");
    Ok(())
}

fn main() -> ExitCode {
    let scene = Arc::new(Scene::new());
    let mut suite = Suite::default();
    let tests: [(&str, Check<Scene>); 6] = [
        ("everyone_gets_what_he_must", everyone_gets_what_he_must),
        ("a_killed_run_is_resumed", a_killed_run_is_resumed),
        ("an_interrupted_run_ends_at_once", an_interrupted_run_ends_at_once),
        ("only_what_has_changed_is_judged_again", only_what_has_changed_is_judged_again),
        ("what_cannot_be_used_is_refused", what_cannot_be_used_is_refused),
        ("feedback_keeps_secrets", feedback_keeps_secrets),
    ];
    for (name, test) in tests {
        let scene = scene.clone();
        suite.add(name, LANGUAGES, move || test(&scene));
    }
    let browser = page::browser();
    let in_uml = in_uml();
    let pages: [(&str, Check<Path>); 4] = [
        ("the_page_holds_what_it_should", page::holds_what_it_should),
        ("the_page_sorts_and_filters", page::sorts_and_filters),
        ("the_page_is_clicked", page::is_clicked),
        ("hostile_text_does_nothing", page::hostile_text_does_nothing),
    ];
    for (name, test) in pages {
        let scene = scene.clone();
        let missing = browser.clone().err();
        suite.add_ignorable(name, LANGUAGES, move || match missing {
            _ if in_uml => Ok(Completion::ignored_with("left out in user-mode-linux: a browser takes minutes to start there")),
            Some(missing) if binary::require_all() => Err(missing),
            Some(missing) => Ok(Completion::ignored_with(missing)),
            None => test(&scene.whole()?).map(|()| Completion::Completed),
        });
    }
    suite.run()
}
