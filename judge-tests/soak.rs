//! Twenty thousand runs of every kind over two slots of one long-lived `assize judge`: at the end it must be as it was after the
//! first two hundred. In the middle a zygote is killed from outside: its slot is suspect, replaced, and the log says so.
//!
//! `ASSIZE_LONG=1`: ten times as many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, processes, traces};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Tests of one request.
const TESTS: usize = 100;
/// What every hundred runs are made of besides `contained`: argument, verdict, and in how many requests it comes once.
const MIX: [(&str, &str, usize); 9] = [
    ("wrong", "WA", 1),
    ("crash", "RE", 1),
    ("ptrace", "SV", 1),
    ("daemons", "AC", 1),
    ("files", "AC", 1),
    ("kill", "AC", 1),
    ("flood", "OLE", 2),
    ("memory", "MLE", 4),
    ("spin", "TLE", 4),
];
/// For one answer, on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// What can grow.
#[derive(Debug)]
struct Sample {
    threads: u64,
    processes: usize,
    /// Kibibytes, of the judge.
    resident: u64,
    /// Kibibytes, of the largest of its processes.
    largest: u64,
    /// Room in the judge's descriptor table: it grows with what is open. (What is open can't be seen: it is not dumpable.)
    table: u64,
    /// The same of its processes, the largest.
    tables: u64,
    /// Lines of /proc/self/mountinfo in either slot.
    mounts: Vec<String>,
    traces: usize,
}

struct Judge {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Judge {
    fn start(temporary: &Path) -> Self {
        let mut child = binary::start_with(&["judge", "-j2", "--ordered", "-q"], &binary::data(), &[("TMPDIR", temporary)]);
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, stdin, lines }
    }

    fn ask(&mut self, tests: &[Value], checker: &str) {
        let source = fs::read_to_string(binary::data().join("soak/one.c")).expect("a source");
        let limits = json!({
            "cpu_time_ms": 300, "wall_time_ms": 10_000, "memory_bytes": 32 << 20, "output_bytes": 65_536, "processes": 16,
            "disk_bytes": 4 << 20,
        });
        let capture = json!({"stdout_bytes": 64, "stderr_bytes": 64});
        let request = json!({
            "language": "c17", "source": source, "compile": {"args": ["-w"]}, "tests": tests, "limits": limits, "capture": capture,
            "checker": {"kind": checker},
        });
        writeln!(self.stdin, "{request}").expect("the judge reads");
    }

    fn answer(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("an answer");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Looks at it while nothing is under way.
    fn sample(&mut self) -> Sample {
        self.ask(&vec![json!({"args": ["mounts"]}); 8], "none");
        let answer = self.answer();
        let mut mounts: Vec<String> =
            answer["tests"].as_array().expect("tests").iter().map(|t| t["stdout"].as_str().expect("text").to_owned()).collect();
        mounts.dedup();
        // What is put away after an answer, slots that were thrown away, and tokio's threads for blocking calls, which stay for
        // ten idle seconds.
        thread::sleep(Duration::from_secs(12));
        let family = processes::family_of(&self.child);
        let most = |key: &str| family.iter().map(|(pid, _)| status(*pid, key)).max().unwrap_or_default();
        let own = i32::try_from(self.child.id()).expect("a pid");
        Sample {
            threads: status(own, "Threads:"),
            processes: family.len(),
            resident: status(own, "VmRSS:"),
            largest: most("VmRSS:"),
            table: status(own, "FDSize:"),
            tables: most("FDSize:"),
            mounts,
            traces: traces::traces().len(),
        }
    }
}

fn status(pid: i32, key: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// CPU time of a process, in ticks (proc_pid_stat(5)).
fn used(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// The tests of one request: argument and expected verdict.
fn mix(request: usize) -> Vec<(&'static str, &'static str)> {
    let mut tests = vec![("", "AC"); TESTS];
    for (i, (what, verdict, every)) in MIX.into_iter().enumerate() {
        if request % every == i % every {
            tests[(7 + 11 * i + request) % TESTS] = (what, verdict);
        }
    }
    tests
}

/// Judges some requests, two under way at a time; what is not as it should be. `interrupt` is called in the middle.
fn judge_all(judge: &mut Judge, requests: std::ops::Range<usize>, mut interrupt: impl FnMut(&Judge)) -> (Vec<String>, usize) {
    let ask = |judge: &mut Judge, request: usize| {
        let tests: Vec<Value> = mix(request).iter().map(|(what, _)| json!({"args": [what], "answer": "contained\n"})).collect();
        judge.ask(&tests, "tokens");
    };
    let (mut faults, mut internal) = (Vec::new(), 0);
    let mut next = requests.start;
    let middle = usize::midpoint(requests.start, requests.end);
    for request in requests.clone() {
        while next < requests.end && next < request + 3 {
            ask(judge, next);
            next += 1;
        }
        if request == middle {
            interrupt(judge);
        }
        let answer = judge.answer();
        let got = answer["tests"].as_array().cloned().unwrap_or_default();
        if got.len() != TESTS {
            faults.push(format!("request {request}: {answer}"));
        }
        for (test, (what, wanted)) in got.iter().zip(mix(request)) {
            match test["verdict"].as_str() {
                Some("IE") => internal += 1,
                Some(verdict) if verdict == wanted => {}
                _ => faults.push(format!("request {request}, {what}: not {wanted}: {test}")),
            }
        }
    }
    (faults, internal)
}

#[test]
fn twenty_thousand_runs_leave_nothing() {
    let requests = 200 * if std::env::var_os("ASSIZE_LONG").is_some_and(|v| v == "1") { 10 } else { 1 };
    processes::adopt_orphans();
    let before = traces::traces();
    let temporary = tempfile::tempdir().expect("a directory");
    let began = Instant::now();
    let mut judge = Judge::start(temporary.path());
    let (mut faults, early) = judge_all(&mut judge, 0..2, |_| ());
    let first = judge.sample();
    let (more, internal) = judge_all(&mut judge, 2..requests, |judge| {
        // Of a slot that runs: the one that compiled may have nothing to do any more, and nobody would miss it.
        let zygote = processes::zygotes_of(&judge.child).into_iter().max_by_key(|pid| used(*pid)).expect("a slot");
        kill(Pid::from_raw(zygote), Signal::SIGKILL).expect("kill");
    });
    faults.extend(more);
    let last = judge.sample();
    let Judge { child, stdin, .. } = judge;
    drop(stdin);
    let ended = binary::finish(child);
    println!("{} runs in {:.0} s\n{first:?}\n{last:?}\n{}", requests * TESTS, began.elapsed().as_secs_f64(), ended.stderr);
    assert!(faults.is_empty(), "{} wrong:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
    assert_eq!(early, 0, "something was internal before anything was broken");
    // The run under way in the slot that was killed may be lost; and nothing else.
    assert!(internal <= 1, "{internal} tests were IE, and one slot was killed");
    let suspect = ended.stderr.lines().filter(|l| l.contains("suspect")).count();
    assert_eq!(suspect, 1, "one slot was killed, and the log has {suspect}:\n{}", ended.stderr);
    assert_eq!((last.threads, last.processes, last.traces), (first.threads, first.processes, first.traces));
    assert!(last.table <= first.table, "descriptors of the judge");
    assert!(last.tables <= first.tables, "descriptors of a slot's processes");
    assert_eq!((first.mounts.len(), &last.mounts), (1, &first.mounts), "mounts that a run sees");
    assert!(last.resident <= first.resident + first.resident / 2 + (8 << 10), "resident memory of the judge");
    assert!(last.largest <= first.largest + first.largest / 4 + 1024, "resident memory of a slot's process");
    assert_eq!(traces::files(temporary.path()), Vec::<std::path::PathBuf>::new(), "temporary files");
    assert_eq!(traces::traces(), before, "mounts, cgroups, sockets, IPC");
    processes::assert_none_left();
}
