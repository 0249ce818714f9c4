//! Limits by cgroup v2, on a kernel that has it. `judge-tests/run` runs these in user-mode-linux (judge-tests/uml), as an
//! unprivileged user in a delegated subtree and as root; on a host with a delegated cgroup they run with
//! `cargo test --test cgroup2 -- --include-ignored`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::binary;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One CPU, and tests that look at the whole hierarchy: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

const MIB: u64 = 1 << 20;

/// C with what the cases need of the C library.
fn c(body: &str) -> String {
    let headers = ["stdio", "stdlib", "string", "signal", "time", "unistd", "sys/mman", "sys/wait"];
    let includes: String = headers.iter().map(|h| format!("#include <{h}.h>\n")).collect();
    format!(
        "#define _GNU_SOURCE\n{includes}
         static void burn(double s) {{ clock_t end = clock() + s * CLOCKS_PER_SEC; while (clock() < end); }}
         /* volatile: memory that nobody reads would be optimized away */
         static void touch(char *p, size_t n) {{ for (size_t i = 0; i < n; i += 4096) ((volatile char *) p)[i] = 1; }}
         int main(void) {{ {body} }}"
    )
}

/// Judges one C program with limits; its line. Times are generous: this kernel's page faults are slow.
fn judge(source: &str, limits: &Value) -> Value {
    let mut all = json!({"cpu_time_ms": 30_000, "wall_time_ms": 60_000});
    all.as_object_mut().expect("an object").extend(limits.as_object().expect("an object").clone());
    let compile = json!({"limits": {"cpu_time_ms": 60_000, "wall_time_ms": 120_000}});
    let request = json!({"language": "c17", "source": c(source), "limits": all, "compile": compile, "tests": [{}]});
    let ended = binary::run(&["judge", "-j1", "--require", "cgroup2"], &binary::data(), request.to_string().as_bytes());
    let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("no line: {}", ended.stderr));
    assert_eq!(line["sandbox"]["limits"], "cgroup2", "{line:#}");
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
    line["tests"][0].clone()
}

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The supervisors' cgroups that there are.
fn ours() -> Vec<String> {
    fn below(dir: &Path) -> Vec<String> {
        let dirs = fs::read_dir(dir).into_iter().flatten().flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
        dirs.flat_map(|e| [vec![e.path().display().to_string()], below(&e.path())].concat()).collect()
    }
    let all = below(Path::new("/sys/fs/cgroup"));
    all.into_iter().filter(|d| d.rsplit('/').next().is_some_and(|name| name.starts_with("assize-"))).collect()
}

#[test]
#[ignore = "needs a delegated cgroup v2"]
fn memory_is_reported_within_2_mib() {
    let _alone = alone();
    let base = judge("return 0;", &json!({}))["memory_bytes"].as_u64().expect("bytes");
    let touch = |get: &str| format!("char *p = {get}; if (p == MAP_FAILED) return 9; touch(p, 64 << 20); return 0;");
    let map = |flags: &str| touch(&format!("mmap(0, 64 << 20, PROT_READ | PROT_WRITE, {flags}, -1, 0)"));
    for (what, source) in [
        ("heap", touch("malloc(64 << 20)")),
        ("private", map("MAP_PRIVATE | MAP_ANONYMOUS")),
        ("shared", map("MAP_SHARED | MAP_ANONYMOUS")),
        ("a child's", format!("if (fork() == 0) {{ {} }} wait(0); return 0;", touch("malloc(64 << 20)"))),
        (
            "a file's in /tmp",
            "FILE *f = fopen(\"/tmp/x\", \"w\"); char b[65536] = {1}; for (int i = 0; i < 1024; i++) if (!fwrite(b, sizeof b, 1, f)) return 9; \
             return fclose(f);"
                .to_owned(),
        ),
    ] {
        let test = judge(&source, &json!({"disk_bytes": 100 * MIB}));
        assert_eq!(test["verdict"], "OK", "{what}: {test:#}");
        let over = test["memory_bytes"].as_u64().expect("bytes").abs_diff(base + 64 * MIB);
        assert!(over <= 2 * MIB, "{what}: {} of 64 MiB and a base of {base}", test["memory_bytes"]);
    }
}

#[test]
#[ignore = "needs a delegated cgroup v2"]
fn going_over_memory_is_mle_whoever_does_it() {
    let _alone = alone();
    let limits = json!({"memory_bytes": 32 * MIB});
    let touch = "touch(malloc(64 << 20), 64 << 20);";
    for (what, source) in [
        ("the leader", format!("{touch} return 0;")),
        ("a child, and the leader exits 0", format!("if (fork() == 0) {{ {touch} _exit(0); }} wait(0); return 0;")),
        (
            "files",
            "FILE *f = fopen(\"/tmp/x\", \"w\"); char b[65536] = {1}; for (int i = 0; i < 1024; i++) fwrite(b, sizeof b, 1, f); return 0;"
                .into(),
        ),
    ] {
        let test = judge(&source, &limits);
        assert_eq!((&test["verdict"], &test["reason"]), (&json!("MLE"), &json!("oom_kill")), "{what}: {test:#}");
    }
    let test = judge("char *p = malloc(64 << 20); return p == 0;", &limits);
    assert_eq!(test["verdict"], "OK", "what is not touched is not counted: {test:#}");
}

#[test]
#[ignore = "needs a delegated cgroup v2"]
fn cpu_time_of_every_process_counts() {
    let _alone = alone();
    for (what, source) in [
        ("itself", "burn(1); return 0;"),
        ("children", "for (int i = 0; i < 2; i++) if (fork() == 0) { burn(0.5); _exit(0); } while (wait(0) > 0); return 0;"),
        (
            "children of a parent that ignores SIGCHLD",
            "signal(SIGCHLD, SIG_IGN); for (int i = 0; i < 10; i++) { if (fork() == 0) { burn(0.1); _exit(0); } wait(0); } return 0;",
        ),
    ] {
        let test = judge(source, &json!({}));
        let ms = test["cpu_time_ms"].as_f64().expect("a number");
        assert_eq!(test["verdict"], "OK", "{what}: {test:#}");
        // The kernel here counts in ticks of 10 ms, for each process; what matters is that nothing vanishes.
        assert!((900.0..2000.0).contains(&ms), "{what}: {ms} ms of 1000");
    }
    let endless = "signal(SIGCHLD, SIG_IGN); for (;;) { if (fork() == 0) { burn(0.1); _exit(0); } wait(0); }";
    let test = judge(endless, &json!({"cpu_time_ms": 500}));
    assert_eq!((&test["verdict"], &test["reason"]), (&json!("TLE"), &json!("cpu_time")), "{test:#}");
}

#[test]
#[ignore = "needs a delegated cgroup v2"]
fn processes_are_counted_by_the_cgroup() {
    let _alone = alone();
    let source = "int n = 1; while (n < 50) { int p = fork(); if (p == 0) { pause(); } if (p < 0) break; n++; } printf(\"%d\\n\", n); fflush(stdout); \
                  _exit(n == 10 ? 0 : 1);";
    let test = judge(source, &json!({"processes": 10}));
    assert_eq!(test["verdict"], "OK", "{test:#}");
}

/// What a killed supervisor leaves is swept by the next; what a living one has is not.
#[test]
#[ignore = "needs a delegated cgroup v2"]
fn dead_ones_are_swept_and_living_ones_left_alone() {
    let _alone = alone();
    let start = || {
        let mut child = binary::start(&["judge", "-j1", "--require", "cgroup2"], &binary::data());
        let sleeper = json!({"language": "bash", "source": "sleep 50", "tests": [{}], "limits": {"wall_time_ms": 60_000}});
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{sleeper}").expect("write");
        (child, stdin)
    };
    let (mut dead, _first) = start();
    let (mut living, second) = start();
    let both = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        ours().len() == 2
    });
    assert!(both, "not two of them: {:?}", ours());
    dead.kill().expect("kill");
    dead.wait().expect("wait");
    let (mut third, last) = start();
    let swept = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        let left = ours();
        left.len() == 2
            && !left.iter().any(|d| d.contains(&format!("assize-{}-", dead.id())))
            && left.iter().any(|d| d.contains(&format!("assize-{}-", living.id())))
    });
    let left = ours();
    // Only one that is at work has its ears open for signals.
    let busy = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        harness::processes::uids_of("sleep").len() == 2
    });
    assert!(busy, "the two that live run nothing");
    for child in [&living, &third] {
        harness::processes::send(child, nix::sys::signal::Signal::SIGTERM);
    }
    drop((second, last));
    for child in [&mut living, &mut third] {
        assert!(binary::wait(child, Duration::from_secs(20)).is_some(), "still there 20 s after SIGTERM");
    }
    assert!(swept, "after the third start: {left:?}, where {} was killed and {} was not", dead.id(), living.id());
    assert_eq!(ours(), Vec::<String>::new(), "after all have ended");
}
