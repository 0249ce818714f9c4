//! What a host does rarely, provoked: a leaf that can't be removed, and somewhere to swap to.
use super::{Group, MIB, alone, base, c, comes_true, judge, named, ours};
use crate::harness::{binary, in_uml};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A judge of one slot, asked for one thing after the other.
struct Judge {
    child: std::process::Child,
    stdin: std::process::ChildStdin,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Judge {
    fn new() -> Self {
        let mut child = binary::start(&["judge", "-j1", "--require", "cgroup2"], &binary::data());
        let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Self { child, stdin, answers: BufReader::new(stdout).lines() }
    }

    fn ask(&mut self, source: &str) {
        writeln!(self.stdin, "{}", json!({"language": "bash", "source": source, "tests": [{}]})).expect("write");
    }

    fn verdict(&mut self) -> Value {
        let line = self.answers.next().expect("an answer").expect("a line");
        binary::checked_line(&line)["verdict"].clone()
    }

    /// What it said on stderr.
    fn end(self) -> String {
        drop(self.stdin);
        let ended = binary::finish(self.child);
        assert_eq!(ended.code(), 0, "{}", ended.stderr);
        ended.stderr
    }
}

/// The leaf that a run is in now, other than those.
fn busy_leaf(known: &[PathBuf]) -> PathBuf {
    let mut found = None;
    let has_processes = |dir: &PathBuf| fs::read_to_string(dir.join("cgroup.procs")).is_ok_and(|text| !text.is_empty());
    for _ in 0..400 {
        found = named("run-").into_iter().find(|dir| !known.contains(dir) && has_processes(dir));
        if found.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    found.unwrap_or_else(|| panic!("nothing runs in any of {:?}", named("run-")))
}

/// Somebody of ours in a leaf, whom no zygote can kill: rmdir(2) of it is EBUSY from now on.
fn stay_in(leaf: &Path) -> std::process::Child {
    let mut guest = Command::new("sleep").arg("300").spawn().expect("sleep");
    fs::write(leaf.join("cgroup.procs"), guest.id().to_string()).expect("we are root");
    let refused = fs::remove_dir(leaf).expect_err("it is busy");
    assert_eq!(refused.kind(), std::io::ErrorKind::ResourceBusy);
    assert!(guest.try_wait().expect("wait").is_none());
    guest
}

#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_a_leaf_that_stays_busy_costs_no_run_its_answer() {
    let _alone = alone();
    let mut judge = Judge::new();
    judge.ask("sleep 2");
    let leaf = busy_leaf(&[]);
    let mut guest = stay_in(&leaf);
    assert_eq!(judge.verdict(), "OK", "its own run");
    for _ in 0..3 {
        judge.ask("true");
        assert_eq!(judge.verdict(), "OK", "a run after it");
    }
    assert!(leaf.exists() && guest.try_wait().expect("wait").is_none(), "it was not busy all the time");
    guest.kill().expect("kill");
    guest.wait().expect("wait");
    for _ in 0..2 {
        judge.ask("true");
        assert_eq!(judge.verdict(), "OK", "after that");
    }
    assert!(comes_true(|| !leaf.exists()), "it is there for good");
    assert!(!judge.end().contains("suspect"), "the slot was thrown away");
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
}

/// A slot that can't get rid of any leaf is no good: another takes its place, which is said, and nobody's answer is lost.
#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_a_slot_with_too_many_busy_leaves_is_replaced() {
    let _alone = alone();
    let mut judge = Judge::new();
    let (mut guests, mut leaves) = (Vec::new(), Vec::new());
    for n in 0..12 {
        judge.ask("sleep 1");
        let leaf = busy_leaf(&leaves);
        guests.push(stay_in(&leaf));
        leaves.push(leaf);
        assert_eq!(judge.verdict(), "OK", "run {n}");
    }
    assert!(leaves.iter().any(|leaf| leaf.parent() != leaves[0].parent()), "all in one slot: {leaves:?}");
    // What it held went with it.
    let died = |guest: &mut std::process::Child| guest.try_wait().expect("wait").is_some();
    assert!(guests.iter_mut().filter_map(|guest| died(guest).then_some(())).count() >= 8, "the first slot's leaves live on");
    let said = judge.end();
    for mut guest in guests {
        let _ = guest.kill();
        guest.wait().expect("wait");
    }
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left; it said: {said}");
}

/// Pages written to swap since the start, by anybody.
fn swapped_out() -> u64 {
    let text = fs::read_to_string("/proc/vmstat").expect("vmstat");
    text.lines().find_map(|l| l.strip_prefix("pswpout ")?.parse().ok()).expect("pswpout")
}

#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
fn a_run_does_not_swap() {
    let _alone = alone();
    let swaps = fs::read_to_string("/proc/swaps").expect("swaps");
    if swaps.lines().count() < 2 && !in_uml() {
        println!("skipped: there is nowhere to swap to here");
        return;
    }
    let body = "touch(malloc(64 << 20), 64 << 20); puts(\"through\"); return 0;";
    // The control: held to the same memory and not kept from swapping, it goes through.
    let folder = tempfile::tempdir().expect("a directory");
    fs::write(folder.path().join("use.c"), c(body)).expect("write");
    let compiled = Command::new("gcc").args(["-w", "-o", "use", "use.c"]).current_dir(folder.path()).status();
    assert!(compiled.expect("gcc").success());
    let group = Group::new(&base(), "may-swap", "");
    group.set("memory.max", &(32 * MIB).to_string());
    let before = swapped_out();
    let ended = binary::finish(group.command(&folder.path().join("use")).spawn().expect("sh"));
    let pages = swapped_out() - before;
    assert!(ended.status.success() && ended.stdout == "through\n", "the control, with {swaps}: {ended:?}");
    assert!(pages >= 32 * MIB / 4096 / 2, "the control wrote {pages} pages to swap");
    let before = swapped_out();
    let test = judge(body, &json!({"memory_bytes": 32 * MIB}));
    assert_eq!((&test["verdict"], &test["reason"]), (&json!("MLE"), &json!("oom_kill")), "{test:#}");
    assert_eq!(swapped_out() - before, 0, "pages written to swap");
}
