//! What is reported against what was used (`accuracy/uses.c`), in either limit mode. Where `rlimit` mode can't see something,
//! or sees it twice, what it sees instead is tested.
//!
//! Each test prints what it found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, in_uml, suite::Suite};
use serde_json::{Value, json};
use std::fs;
use std::ops::RangeInclusive;
use std::process::{Command, ExitCode, Stdio};

const MIB: u64 = 1 << 20;
/// What a program has beside what it touches for us: the C library, page tables, the kernel's books of it.
const BESIDE: u64 = 2 * MIB;
/// Processes or threads at once (`uses.c`).
const AT_ONCE: u64 = 4;

fn main() -> ExitCode {
    // They measure time: one at a time.
    let mut suite = Suite::one_at_a_time();
    for how in ["heap", "shared", "memfd", "file", "mapped", "child", "both", "forked"] {
        suite.add(&format!("memory::{how}"), ["c17"], move || memory(how));
    }
    suite.add("memory::nothing", ["c17"], nothing);
    for how in ["itself", "threads", "children", "briefly", "ignored", "orphans"] {
        suite.add(&format!("cpu::{how}"), ["c17"], move || cpu(how));
    }
    // user-mode-linux has none to refuse, and what it has instead counts in ticks of 10 ms.
    if !in_uml() {
        for how in ["briefly", "ignored", "orphans"] {
            suite.add(&format!("cpu::{how}-without-a-clock"), ["c17"], move || cpu_without_a_clock(how));
        }
    }
    for (language, _) in PROGRAMS {
        // Go's collector goes by the clock.
        if language != "go" {
            suite.add(&format!("repeats::{language}"), [language], move || repeats(language));
        }
        suite.add(&format!("starts::{language}"), [language], move || starts(language));
    }
    suite.run()
}

/// A program that has what every program of its language has, and says so.
const PROGRAMS: [(&str, &str); 4] = [
    ("c17", "#include <stdio.h>\nint main(void) { puts(\"here\"); }\n"),
    ("java", "class Main { public static void main(String[] args) { System.out.println(\"here\"); } }\n"),
    ("javascript", "console.log('here');\n"),
    ("go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"here\") }\n"),
];

/// Judges one request; its tests, with the mode that they ran in.
fn judge(request: Value) -> (bool, Vec<Value>) {
    let (mode, tests) = judge_by(Command::new(binary::path()).args(["judge", "-j1"]), request);
    assert!(std::env::var("ASSIZE_MODE").map_or(true, |asked| asked == mode), "{mode} mode, which was not asked for");
    (mode == "cgroup2", tests)
}

fn judge_by(judge: &mut Command, mut request: Value) -> (String, Vec<Value>) {
    let defaults = json!({
        "compile": {"limits": {"cpu_time_ms": 60_000, "wall_time_ms": 120_000}}, "checker": {"kind": "none"},
    });
    let fields = request.as_object_mut().expect("an object");
    for (key, value) in defaults.as_object().expect("an object") {
        fields.entry(key).or_insert_with(|| value.clone());
    }
    judge.current_dir(binary::data()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = binary::feed(judge.spawn().expect("a judge"), request.to_string().as_bytes());
    let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("no line: {}", ended.stderr));
    let mode = line["sandbox"]["limits"].as_str().unwrap_or_else(|| panic!("{line:#}"));
    (mode.to_owned(), line["tests"].as_array().expect("tests").clone())
}

/// Runs `uses.c` once for each amount.
fn uses(what: &str, how: &str, amounts: &[u64]) -> (bool, Vec<Value>) {
    judge(request(what, how, amounts))
}

fn request(what: &str, how: &str, amounts: &[u64]) -> Value {
    let source = fs::read_to_string(binary::data().join("accuracy/uses.c")).expect("the program");
    let tests: Vec<Value> = amounts.iter().map(|n| json!({"args": [what, how, n.to_string()]})).collect();
    // Far beyond what any needs, so that nothing but the measure is tested.
    let limits = json!({"cpu_time_ms": 60_000, "wall_time_ms": 120_000, "memory_bytes": 2048 * MIB, "disk_bytes": 300 * MIB});
    json!({"language": "c17", "source": source, "compile": {"args": ["-pthread"]}, "limits": limits, "tests": tests,
        "capture": {"stdout_bytes": 64}})
}

fn bytes(test: &Value) -> u64 {
    test["memory_bytes"].as_u64().expect("bytes")
}

fn memory(how: &str) -> Result<(), String> {
    let sizes = [16, 64, 256];
    let (cgroup, tests) = uses("memory", how, &sizes);
    let mut faults = Vec::new();
    for (n, test) in sizes.map(|n| n * MIB).into_iter().zip(&tests) {
        if !cgroup && ["shared", "memfd"].contains(&how) {
            // No process owns such pages, so nobody would see them: they can't be had.
            if test["exit_code"] != 9 || bytes(test) > smallest(cgroup) {
                faults.push(format!("{n}: it was to be refused: {test:#}"));
            }
            continue;
        }
        let bounds: RangeInclusive<u64> = match (cgroup, how) {
            // The same pages in the parent and its children count once for each process that has them.
            (false, "forked") => AT_ONCE * n..=AT_ONCE * (n + BESIDE),
            // The pages once, the tables of them for each.
            (true, "forked") => n..=n + AT_ONCE * BESIDE,
            // The child has the parent's as well.
            (false, "both") => 3 * n..=3 * n + 2 * BESIDE,
            // In the file and in the process, if it was looked at while it had them.
            (false, "mapped") => n..=2 * n + BESIDE,
            (true, "both") => 2 * n..=2 * n + BESIDE,
            _ => n..=n + BESIDE,
        };
        println!("memory {how}: {} of {} MiB", mib(bytes(test)), n / MIB);
        if test["verdict"] != "OK" || !bounds.contains(&bytes(test)) {
            faults.push(format!("{n}: not in {bounds:?}: {test:#}"));
        }
    }
    fault(&faults)
}

/// The most that is reported of a program which touches nothing for us.
fn smallest(cgroup: bool) -> u64 {
    match (cgroup, std::env::var_os("ASSIZE_DEBUG_BIN")) {
        (true, _) => BESIDE,
        // execve(2) carries over the high-water mark of the memory that it leaves, and that is the slot's: mostly code.
        (false, Some(_)) => 5 * MIB,
        // Which is more of it in a build that isn't optimized.
        (false, None) => 16 * MIB,
    }
}

fn nothing() -> Result<(), String> {
    let (cgroup, tests) = uses("memory", "nothing", &[0]);
    println!("memory nothing: {} MiB", mib(bytes(&tests[0])));
    if bytes(&tests[0]) <= smallest(cgroup) { Ok(()) } else { Err(format!("{:#}", tests[0])) }
}

const TIMES: [u32; 3] = [200, 1000, 3000];

fn cpu(how: &str) -> Result<(), String> {
    let (cgroup, tests) = uses("cpu", how, &TIMES.map(u64::from));
    // Children of a parent that ignores SIGCHLD vanish with what they used since the last look at them, which comes at least
    // every 10 ms (or when it may, on a machine that is busy), unless the kernel has a clock for us.
    cpu_within_bounds(how, &tests, !cgroup && how == "ignored" && !has_clock())
}

/// In `rlimit` mode, where the kernel refuses us its clock.
fn cpu_without_a_clock(how: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a directory");
    let refuses = folder.path().join("no-clock");
    let compiled = Command::new("gcc").arg("-o").arg(&refuses).arg(binary::data().join("accuracy/no-clock.c")).status();
    assert!(compiled.expect("gcc").success());
    // The control.
    let said = Command::new(&refuses).output().expect("no-clock").stdout;
    let wanted = if has_clock() { "clock\nnone\n" } else { "none\nnone\n" };
    assert_eq!(String::from_utf8_lossy(&said), wanted, "perf_event_open(2) here, and where it is refused");
    let mut judge = Command::new(&refuses);
    judge.arg(binary::path()).args(["judge", "-j1", "--limits-mode", "rlimit"]);
    let (mode, tests) = judge_by(&mut judge, request("cpu", how, &TIMES.map(u64::from)));
    assert_eq!(mode, "rlimit");
    cpu_within_bounds(how, &tests, how == "ignored")
}

/// `blind`: nobody has an exact count of it.
fn cpu_within_bounds(how: &str, tests: &[Value], blind: bool) -> Result<(), String> {
    let mut faults = Vec::new();
    for (ms, test) in TIMES.into_iter().zip(tests) {
        // What the kernel told each of its processes of itself at its end (`briefly`: the first, of all), in microseconds.
        let told = test["stdout"].as_str().and_then(|text| text.trim().parse::<u32>().ok()).map_or(0.0, |us| f64::from(us) / 1000.0);
        let (got, slack) = (test["cpu_time_ms"].as_f64().expect("a number"), f64::max(0.03 * told, 10.0) + ends(how));
        let least = if blind { told / 2.0 } else { told - slack };
        println!("cpu {how}: {got} of {told} ms");
        if test["verdict"] != "OK" || told < f64::from(ms) || !(least..=told + slack).contains(&got) {
            faults.push(format!("{ms} ms: not in {least}..={}: {test:#}", told + slack));
        }
    }
    fault(&faults)
}

/// A process's end is its work too, and later than what it can say of itself. In user-mode-linux that is a tick of 10 ms or none:
/// there is no finer clock.
fn ends(how: &str) -> f64 {
    let each = if in_uml() { 10.0 } else { 1.0 };
    if how == "itself" { each } else { 5.0 * each }
}

/// Whether perf_event_open(2) gives a clock to whoever asks.
fn has_clock() -> bool {
    let level = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").ok().and_then(|text| text.trim().parse::<i32>().ok());
    level.is_some_and(|level| level <= 2)
}

/// The first and the last of many runs in one slot: nothing is carried over from run to run. Single ones wobble by what the
/// kernel keeps in stock, or by a runtime's threads, so that it is the middle one of five.
fn repeats(language: &str) -> Result<(), String> {
    let limits = json!({"cpu_time_ms": 20_000, "wall_time_ms": 60_000, "memory_bytes": 512 * MIB});
    let (_, tests) = judge(json!({"language": language, "source": source(language), "limits": limits, "tests": vec![json!({}); 50]}));
    if let Some(test) = tests.iter().find(|test| test["verdict"] != "OK") {
        return Err(format!("{test:#}"));
    }
    let all: Vec<u64> = tests.iter().map(bytes).collect();
    let (first, last) = (middle(&all[..5]), middle(&all[45..]));
    let (least, most) = (all.iter().min().expect("50"), all.iter().max().expect("50"));
    println!("repeats {language}: {first} first, {last} last, {least} to {most} in all");
    let slack = if language == "c17" { 64 << 10 } else { first / 50 };
    if first.abs_diff(last) <= slack { Ok(()) } else { Err(format!("{first} and {last} bytes: more than {slack} apart")) }
}

fn middle(of: &[u64]) -> u64 {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// A limit of 256 MiB is none to a runtime that reserves far more than it touches.
fn starts(language: &str) -> Result<(), String> {
    let limits = json!({"memory_bytes": 256 * MIB, "cpu_time_ms": 20_000, "wall_time_ms": 60_000});
    let tests = json!([{"answer": "here\n"}]);
    let request = json!({"language": language, "source": source(language), "limits": limits, "checker": {"kind": "exact"}, "tests": tests});
    let (_, tests) = judge(request);
    if tests[0]["verdict"] == "AC" { Ok(()) } else { Err(format!("{:#}", tests[0])) }
}

fn source(language: &str) -> &'static str {
    PROGRAMS.iter().find(|(id, _)| *id == language).map(|(_, source)| *source).expect("a program")
}

fn mib(bytes: u64) -> String {
    format!("{}.{:02}", bytes / MIB, bytes % MIB * 100 / MIB)
}

fn fault(faults: &[String]) -> Result<(), String> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}
