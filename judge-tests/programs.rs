//! Checkers and interactors of the request's own: what takes more than one request, or a look at the judge from outside.
//! (The rest are cases: `corpus/checkers`, `corpus/interactive`, `corpus/passes`.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, processes};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// These look at all processes there are, and at times: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let held = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    processes::adopt_orphans();
    held
}

const ECHO: &str = "while True:\n    try:\n        print(input(), flush=True)\n    except EOFError:\n        break\n";
const ASK: &str = "import sys\nfor n in range(int(sys.argv[4])):\n    print(n, flush=True)\n    if input() != str(n):\n        sys.exit(43)\nsys.exit(42)\n";

fn interactive(id: &str, tests: usize, rounds: &str) -> Value {
    let test = json!({"checker_args": [rounds]});
    json!({"id": id, "language": "python3", "source": ECHO, "tests": vec![test; tests],
           "interactor": {"language": "python3", "source": ASK}})
}

/// Each test needs two slots: with as many tests under way as workers none may wait for another's.
#[test]
fn interactive_tests_do_not_wait_for_each_other() {
    let _alone = alone();
    for workers in ["1", "2"] {
        let requests: Vec<Value> = (0..4).map(|n| interactive(&n.to_string(), 6, "20")).collect();
        let input = requests.iter().map(|r| r.to_string() + "\n").collect::<String>();
        let ended = binary::run(&["judge", "--workers", workers], &binary::data(), input.as_bytes());
        let verdicts: Vec<Value> = ended.lines().iter().map(|l| l["verdict"].clone()).collect();
        assert_eq!(verdicts, vec![json!("AC"); 4], "{}", ended.stderr);
        processes::assert_none_left();
    }
}

/// The peak of a process's resident memory, in bytes, as long as it lives.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse::<u64>().ok()?;
    Some(kib * 1024)
}

/// 300 MB of output, judged by a program of either protocol, pass through a judge that never has them in memory.
#[test]
fn a_large_output_is_not_held_in_memory() {
    let _alone = alone();
    // Both keep to one block of memory: fresh pages for each are what takes tens of seconds in user-mode-linux.
    let write = "import sys\nblock = b'x' * 100000\nfor _ in range(3000):\n    sys.stdout.buffer.write(block)\n";
    for protocol in ["icpc", "testlib"] {
        let (file, ok) = if protocol == "icpc" { ("sys.stdin.buffer", 42) } else { ("open(sys.argv[2], 'rb')", 0) };
        let count = "n = 0\nblock = bytearray(1 << 20)\nwhile got := output.readinto(block):\n    n += got\n";
        let check = format!("import sys\noutput = {file}\n{count}sys.exit({ok} if n == 300000000 else 1)\n");
        let request = json!({"language": "python3", "source": write, "tests": [{}],
            "limits": {"output_bytes": 400_000_000, "cpu_time_ms": 20000},
            "checker": {"kind": "program", "protocol": protocol, "language": "python3", "source": check}});
        let mut child = binary::start(&["judge"], &binary::data());
        let pid = child.id();
        child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
        let watch = thread::spawn(move || {
            let mut most = 0;
            while let Some(now) = peak(pid) {
                most = now.max(most);
                thread::sleep(Duration::from_millis(5));
            }
            most
        });
        let ended = binary::finish(child);
        let response = &ended.lines()[0];
        assert_eq!((&response["verdict"], &response["tests"][0]["stdout_bytes"]), (&json!("AC"), &json!(300_000_000)), "{response:#}");
        let most = watch.join().unwrap();
        assert!((1..100_000_000).contains(&most), "{protocol}: the judge had {most} bytes");
    }
}

/// A request that is cancelled in the middle of an interaction leaves neither side behind.
#[test]
fn a_cancelled_interaction_leaves_nobody_behind() {
    let _alone = alone();
    let wait = "import sys\nsys.stdin.read()\n";
    let request = json!({"id": "a", "language": "python3", "source": wait, "tests": [{}],
        "limits": {"wall_time_ms": 60000}, "interactor": {"language": "python3", "source": wait}});
    let mut child = binary::start(&["judge"], &binary::data());
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{request}").unwrap();
    let start = Instant::now();
    // Judge, launchers and zygotes come first; both programs are there when two interpreters are.
    while processes::uids_of("/usr/bin/python3").len() < 2 {
        assert!(start.elapsed() < Duration::from_mins(1), "the two sides never ran");
        thread::sleep(Duration::from_millis(20));
    }
    writeln!(stdin, r#"{{"cancel": "a"}}"#).unwrap();
    drop(stdin);
    let ended = binary::finish(child);
    assert_eq!(ended.lines()[0]["error"]["kind"], "cancelled");
    processes::assert_none_left();
}

/// Slots are given back in order: after interactions of every kind of end the next request is judged as ever.
#[test]
fn the_next_request_is_judged_whatever_became_of_an_interaction() {
    let _alone = alone();
    let crash = json!({"id": "crash", "language": "python3", "source": "import os\nos.kill(os.getpid(), 11)", "tests": [{}],
        "interactor": {"language": "python3", "source": ASK, "args": ["1"]}});
    let fails = json!({"id": "fails", "language": "python3", "source": ECHO, "tests": [{}],
        "interactor": {"language": "python3", "source": "raise SystemExit(9)"}});
    let input = [crash, fails, interactive("good", 2, "5")].map(|r| r.to_string() + "\n").concat();
    let ended = binary::run(&["judge", "--workers", "1", "--ordered"], &binary::data(), input.as_bytes());
    let verdicts: Vec<Value> = ended.lines().iter().map(|l| l["verdict"].clone()).collect();
    // The crashed one's interactor raises EOFError: it failed by itself, and is told so.
    assert_eq!(verdicts, [json!("IE"), json!("IE"), json!("AC")], "{}", ended.stdout);
    assert_eq!(ended.code(), 3);
    processes::assert_none_left();
}

/// What is wrong with a judging program's request is told by its place in it, before anything is run.
#[test]
fn what_is_wrong_with_a_judging_program_is_named_by_its_place() {
    for (key, program, place) in [
        ("checker", json!({"kind": "program", "language": "klingon", "source": ""}), "checker.language"),
        ("checker", json!({"kind": "program", "language": "c17", "source": "", "compile": {"args": ["@x"]}}), "checker.compile.args[0]"),
        ("checker", json!({"kind": "program", "language": "c17", "source": {"path": "missing"}}), "checker.source"),
        ("checker", json!({"kind": "program", "language": "c17", "files": {"a.c": {"path": "missing"}}}), "checker.files.a.c"),
        ("interactor", json!({"language": "python3", "source": "", "entry_point": "other.py"}), "interactor.entry_point"),
        ("interactor", json!({"language": "python3", "source": "", "args": ["x".repeat(200_000)]}), "tests[0].checker_args"),
    ] {
        let mut request = json!({"language": "python3", "source": "", "tests": [{}]});
        request[key] = program;
        let ended = binary::run(&["judge"], &binary::data(), request.to_string().as_bytes());
        let line = &ended.lines()[0];
        assert_eq!((&line["error"]["kind"], &line["error"]["path"]), (&json!("invalid_request"), &json!(place)), "{line:#}");
        assert_eq!(ended.code(), 1);
    }
}
