//! What is left when the judge has ended, however it ended: nothing but whole entries of the compile cache.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::traces::{files, traces};
use harness::{binary, processes};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// These tests look at the whole host: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The host before, and folders that only the binary under test writes to.
struct Scene {
    _alone: MutexGuard<'static, ()>,
    folders: tempfile::TempDir,
    before: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        processes::adopt_orphans();
        processes::assert_none_left();
        let folders = tempfile::tempdir().expect("a directory");
        for name in ["tmp", "cache"] {
            fs::create_dir(folders.path().join(name)).expect("mkdir");
        }
        Self { _alone: alone, folders, before: traces() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folders.path().join(name)
    }

    fn start(&self) -> Child {
        let env = [("TMPDIR", self.path("tmp")), ("XDG_CACHE_HOME", self.path("cache"))];
        let env: Vec<(&str, &Path)> = env.iter().map(|(k, v)| (*k, v.as_path())).collect();
        binary::start_with(&["judge", "-j2"], &binary::data(), &env)
    }

    /// Fails if anything is there that was not there before.
    #[track_caller]
    fn assert_clean(&self) {
        processes::assert_none_left();
        let new: Vec<String> = traces().into_iter().filter(|t| !self.before.contains(t)).collect();
        assert!(new.is_empty(), "left behind:\n  {}", new.join("\n  "));
        let temporary = files(&self.path("tmp"));
        assert!(temporary.is_empty(), "temporary files are left: {temporary:?}");
        let cache = self.path("cache/assize/artifacts/tmp");
        let drafts = files(&cache);
        assert!(drafts.is_empty(), "unfinished cache entries are left: {drafts:?}");
    }
}

/// Programs that would like to stay: a daemon, a sleeper that ignores signals, a flood, a fork bomb, and a good one.
fn batch() -> String {
    let daemon = "setsid sleep 100 & (setsid sleep 100 &) ; mkdir d; ln -s /etc d/l; mkfifo p; echo hi";
    let sources = [
        ("good", "echo hi"),
        ("daemon", daemon),
        ("stubborn", "trap '' INT TERM HUP; sleep 100 & wait"),
        ("flood", "while :; do echo hihihihihihihihihihihihihihihihi; done"),
        ("bomb", "f() { f | f & }; f; wait; sleep 100"),
        ("again", "echo hi"),
    ];
    let limits = json!({"cpu_time_ms": 2000, "wall_time_ms": 1500, "output_bytes": 100_000});
    let line = |(id, source): (&str, &str)| {
        json!({"id": id, "language": "bash", "source": source, "tests": [{"answer": "hi\n"}, {"answer": "hi\n"}], "limits": limits})
            .to_string()
    };
    sources.map(line).join("\n")
}

/// A compiled program too, where there is a compiler: it leaves something in the cache.
fn with_compiler() -> String {
    let source = "int main(void) { return 0; }";
    let compiled = json!({"id": "compiled", "language": "c17", "source": source, "tests": [{}]});
    if binary::missing("c17").is_none() { format!("{}\n{compiled}", batch()) } else { batch() }
}

#[test]
fn after_a_batch() {
    let scene = Scene::new();
    let ended = binary::feed(scene.start(), with_compiler().as_bytes());
    let verdicts: Vec<(String, String)> = ended
        .lines()
        .iter()
        .map(|l| (l["id"].as_str().unwrap_or_default().into(), l["verdict"].as_str().unwrap_or_default().into()))
        .collect();
    for (id, verdict) in &verdicts {
        let expected: &[&str] = match id.as_str() {
            "stubborn" => &["TLE"],
            "flood" => &["OLE"],
            "bomb" => &["TLE", "RE", "WA"],
            "compiled" => &["OK"],
            _ => &["AC"],
        };
        assert!(expected.contains(&verdict.as_str()), "{id}: {verdict}, not {expected:?}");
    }
    assert!(verdicts.len() >= 6, "{verdicts:?}");
    scene.assert_clean();
}

/// Ends it at several moments, by a signal it cannot see coming, and starts again.
#[test]
fn after_sigkill_in_the_middle() {
    let scene = Scene::new();
    for wait in [20, 60, 150, 400, 900] {
        let mut child = scene.start();
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{}", with_compiler()).expect("write");
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().expect("kill");
        child.wait().expect("wait");
        drop(stdin);
        processes::assert_none_left();
    }
    // The next start is the latest moment for files and cgroups to go; and it judges.
    let ended = binary::feed(scene.start(), with_compiler().as_bytes());
    assert!(ended.lines().iter().filter(|l| l["verdict"] == "AC").count() >= 3, "{}", ended.stdout);
    scene.assert_clean();
}

/// `run` forks before it has read its arguments, and waits for who was forked, whatever becomes of it: nobody else may be there who would.
#[test]
fn after_a_run_that_was_not_to_be() {
    let scene = Scene::new();
    let orphan = || waitpid(None, Some(WaitPidFlag::WNOHANG));
    // Of tests before this one.
    while orphan().is_ok() {}
    let (mut shell, mut orphans) = (std::process::Command::new("sh"), 0);
    assert!(shell.args(["-c", "sleep 0 & exec true"]).status().unwrap().success());
    while waitpid(None, None).is_ok() {
        orphans += 1;
    }
    assert_eq!(orphans, 1, "an orphan is not seen here");
    for (args, status) in [
        (&["run"][..], 2),
        (&["run", "--help"], 0),
        (&["run", "--version"], 0),
        (&["run", "--no-such-option", "--", "true"], 2),
        (&["run", "--memory", "much", "--", "true"], 2),
        (&["run", "--result", "1", "--", "true"], 2),
        (&["run", "--policy", "none", "--", "true"], 2),
        (&["run", "--file", "none", "--", "true"], 2),
        (&["run", "--", "no-such-program"], 2),
        (&["run", "--", "true"], 0),
    ] {
        // As in a scope: where there might be one to go into, nobody is forked so early.
        let child = binary::start_with(args, &scene.path("tmp"), &[("ASSIZE_SCOPE", Path::new("1"))]);
        let ended = binary::feed(child, b"");
        assert_eq!(ended.code(), status, "{args:?}: {}", ended.stderr);
        assert_eq!(orphan(), Err(Errno::ECHILD), "{args:?} has left a process to others");
    }
    scene.assert_clean();
}

/// A slot that dies under its run: the run is judged again in another, or `IE`; one answer each, and the rest unharmed.
#[test]
fn after_a_zygote_was_killed() {
    let scene = Scene::new();
    let mut child = scene.start();
    let mut stdin = child.stdin.take().expect("piped");
    let request = |id: &str| json!({"id": id, "language": "bash", "source": "sleep 1; echo hi", "tests": [{"answer": "hi\n"}]}).to_string();
    writeln!(stdin, "{}\n{}", request("a"), request("b")).expect("write");
    let began = Instant::now();
    let victim = loop {
        // The run's parent is the zygote; in the other direction, it is a child of the launcher that has the same name.
        if let Some(zygote) = processes::parents_of("sleep").into_iter().next() {
            break zygote;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "no run was seen");
        std::thread::sleep(Duration::from_millis(5));
    };
    kill(Pid::from_raw(victim), Signal::SIGKILL).expect("kill");
    writeln!(stdin, "{}", request("c")).expect("write");
    drop(stdin);
    let lines = binary::finish(child).lines();
    let mut ids: Vec<&str> = lines.iter().filter_map(|l| l["id"].as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["a", "b", "c"], "each is answered once");
    for line in &lines {
        assert!(line["verdict"] == "AC" || line["verdict"] == "IE", "{line:#}");
    }
    assert!(lines.iter().filter(|l| l["verdict"] == "AC").count() >= 2, "the others were harmed: {lines:#?}");
    scene.assert_clean();
}

/// A file system that hangs: the one who opens files for runs does not answer any more (here because it is stopped).
#[test]
fn after_the_opener_hung() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        fs::write(folder.path().join("input"), "hi\n").unwrap();
    }
    let scene = Scene::new();
    let mut child = scene.start();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(stdout).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    let from = |folder: &tempfile::TempDir, id: &str| {
        let input = json!({"path": folder.path().join("input")});
        json!({"id": id, "language": "bash", "source": "cat", "tests": [{"stdin": input, "answer": "hi\n"}]})
    };
    let inline = json!({"id": "inline", "language": "bash", "source": "cat", "tests": [{"stdin": "hi\n", "answer": "hi\n"}]});
    writeln!(stdin, "{}", from(&folders[0], "before")).unwrap();
    assert_eq!(next()["verdict"], "AC");
    let stop = || {
        let family = processes::family_of(&child);
        let openers: Vec<_> = family.iter().filter(|(_, command)| command.starts_with("assize-opener")).collect();
        assert!(!openers.is_empty(), "there is no opener");
        for (opener, _) in openers {
            kill(Pid::from_raw(*opener), Signal::SIGSTOP).unwrap();
        }
    };
    stop();
    // One that hangs holds nobody else, not even who has files elsewhere. Which of the two asks first, and hangs, is the scheduler's choice.
    writeln!(stdin, "{}\n{inline}\n{}", from(&folders[0], "0"), from(&folders[1], "1")).unwrap();
    let mut open = vec!["0", "inline", "1"];
    for _ in 0..2 {
        let line = next();
        open.retain(|id| line["id"] != *id);
        assert_eq!(line["verdict"], "AC", "{line:#}");
    }
    let &[hangs] = open.as_slice() else { panic!("{open:?}") };
    let hanging = &folders[hangs.parse::<usize>().expect("inline needs no file")];
    let mut is_refused = |id: &str| {
        let line = next();
        assert_eq!((&line["id"], &line["error"]["kind"]), (&json!(id), &json!("invalid_request")), "{line:#}");
        assert_eq!(line["error"]["path"], "tests[0].stdin", "{line:#}");
    };
    is_refused(hangs);
    // Another of the same place is waited for, too, but not for as long.
    stop();
    let began = Instant::now();
    writeln!(stdin, "{}", from(hanging, "hangs-too")).unwrap();
    is_refused("hangs-too");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    writeln!(stdin, "{}", from(hanging, "after")).unwrap();
    assert_eq!(next()["verdict"], "AC");
    // Ctrl-C while it hangs.
    stop();
    writeln!(stdin, "{}", from(hanging, "interrupted")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    processes::send(&child, Signal::SIGINT);
    let began = Instant::now();
    assert!(binary::wait(&mut child, Duration::from_secs(30)).is_some(), "it goes on after Ctrl-C");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    drop(stdin);
    let _ = binary::finish(child);
    scene.assert_clean();
}
