//! Limits by cgroup v2, on a kernel that has it. `judge-tests/run` runs these in user-mode-linux (judge-tests/uml), as an
//! unprivileged user in a delegated subtree and as root; on a host with a delegated cgroup they run with
//! `cargo test --test cgroup2 -- --include-ignored`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#[path = "cgroup2/container.rs"]
mod container;
mod harness;
#[path = "cgroup2/provoked.rs"]
mod provoked;

use harness::binary;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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

/// Judges one C program with limits; its only test. Times are generous: this kernel's page faults are slow.
fn judge(source: &str, limits: &Value) -> Value {
    judge_with(&[], source, limits)["tests"][0].clone()
}

/// The same with more arguments to assize; its line.
fn judge_with(args: &[&str], source: &str, limits: &Value) -> Value {
    let mut all = json!({"cpu_time_ms": 30_000, "wall_time_ms": 60_000});
    all.as_object_mut().expect("an object").extend(limits.as_object().expect("an object").clone());
    let compile = json!({"limits": {"cpu_time_ms": 60_000, "wall_time_ms": 120_000}});
    let request = json!({"language": "c17", "source": c(source), "limits": all, "compile": compile, "tests": [{}]});
    let args = [&["judge", "-j1", "--require", "cgroup2"][..], args].concat();
    let ended = binary::run(&args, &binary::data(), request.to_string().as_bytes());
    let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("no line: {}", ended.stderr));
    assert_eq!(line["sandbox"]["limits"], "cgroup2", "{line:#}");
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
    line
}

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The supervisors' cgroups that there are.
fn ours() -> Vec<String> {
    named("assize-").iter().map(|dir| dir.display().to_string()).collect()
}

/// Every cgroup whose name begins so.
fn named(prefix: &str) -> Vec<PathBuf> {
    fn below(dir: &Path) -> Vec<PathBuf> {
        let dirs = fs::read_dir(dir).into_iter().flatten().flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
        dirs.flat_map(|e| [vec![e.path()], below(&e.path())].concat()).collect()
    }
    let all = below(Path::new("/sys/fs/cgroup"));
    all.into_iter().filter(|d| d.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))).collect()
}

/// A cgroup of the tests' own, in which its children have `controllers`. Removed when dropped.
struct Group(PathBuf);

impl Group {
    fn new(parent: &Path, name: &str, controllers: &str) -> Self {
        let group = Self(parent.join(name));
        fs::create_dir(&group.0).unwrap_or_else(|e| panic!("{}: {e}", group.0.display()));
        group.set("cgroup.subtree_control", controllers);
        group
    }

    fn set(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap_or_else(|e| panic!("{}/{file} = {text:?}: {e}", self.0.display()));
    }

    /// A command that is in it from its beginning on.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""]).arg(&self.0).arg(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(binary::data());
        command
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Where we may make cgroups: beside our own, or as root, who has none of his own, below the root.
fn base() -> PathBuf {
    let own = fs::read_to_string("/proc/self/cgroup").expect("cgroup");
    let own = own.lines().find_map(|l| l.strip_prefix("0::/")).expect("a cgroup v2");
    Path::new("/sys/fs/cgroup").join(Path::new(own).parent().unwrap_or(Path::new("")))
}

/// Tries for ten seconds.
fn comes_true(what: impl Fn() -> bool) -> bool {
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        what()
    })
}

#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
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
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
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
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
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
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
fn processes_are_counted_by_the_cgroup() {
    let _alone = alone();
    let source = "int n = 1; while (n < 50) { int p = fork(); if (p == 0) { pause(); } if (p < 0) break; n++; } printf(\"%d\\n\", n); fflush(stdout); \
                  _exit(n == 10 ? 0 : 1);";
    let test = judge(source, &json!({"processes": 10}));
    assert_eq!(test["verdict"], "OK", "{test:#}");
}

#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
fn a_run_has_no_more_of_the_cpu_than_its_share() {
    let _alone = alone();
    let alone = "burn(1); return 0;";
    let two = "for (int i = 0; i < 2; i++) if (fork() == 0) { burn(0.5); _exit(0); } while (wait(0) > 0); return 0;";
    // How much longer it takes than it burns.
    let ratio = |args: &[&str], source: &str| {
        let line = judge_with(args, source, &json!({}));
        let test = &line["tests"][0];
        assert_eq!(test["verdict"], "OK", "{test:#}");
        (test["wall_time_ms"].as_f64().unwrap() / test["cpu_time_ms"].as_f64().unwrap(), line["sandbox"]["cpus"].clone())
    };
    for source in [alone, two] {
        let (whole, said) = ratio(&[], source);
        assert!(whole < 1.5 && said.is_null(), "{whole} without a limit: {source}");
        let (half, said) = ratio(&["--cpus", "0.5"], source);
        assert!(half > 1.6 && said == 0.5, "{half} with half a CPU, said to be {said}: {source}");
    }
    // In the leaf, and nowhere else: neither the zygote nor we wait for anybody's share.
    let mut child = binary::start(&["judge", "-j1", "--cpus", "0.25"], &binary::data());
    let mut stdin = child.stdin.take().expect("piped");
    writeln!(stdin, r#"{{"language": "bash", "source": "sleep 5", "tests": [{{}}]}}"#).expect("write");
    let held = |dir: &PathBuf| fs::read_to_string(dir.join("cpu.max")).is_ok_and(|text| text == "25000 100000\n");
    assert!(comes_true(|| named("run-").iter().any(held)), "no leaf is held to a quarter: {:?}", named("run-"));
    for dir in [named("zygote"), named("slot-"), named("assize-")].concat() {
        assert!(!held(&dir), "{}", dir.display());
    }
    drop(stdin);
    assert_eq!(binary::finish(child).code(), 0);
}

/// memory and pids are needed, the others are taken where they are offered.
#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
fn what_is_not_offered_is_done_without() {
    let _alone = alone();
    let check = |group: &Group, args: &[&str]| {
        let mut command = group.command(&binary::path());
        let ended = binary::finish(command.args(["check", "--json"]).args(args).spawn().expect("sh"));
        let findings: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
        let of = |name: &str| findings["checks"].as_array().unwrap().iter().find(|c| c["name"] == name).cloned().unwrap_or_default();
        (ended.code(), of("limits"), of("required"))
    };
    let base = base();
    let offered = fs::read_to_string(base.join("cgroup.controllers")).expect("controllers");
    // What each lets through, and what is said of the cgroup below it.
    for (through, mode, missing) in [
        (offered.trim(), "cgroup2", ""),
        ("memory pids", "cgroup2", "cpu"),
        ("memory pids cpu", "cgroup2", "io"),
        ("memory cpu", "rlimit", "pids"),
        ("pids cpu", "rlimit", "memory"),
        ("", "rlimit", "memory"),
    ] {
        let give: String = through.split_whitespace().map(|c| format!("+{c} ")).collect();
        let outer = Group::new(&base, "outer", &give);
        let (middle, ours) = (Group::new(&outer.0, "middle", ""), "own");
        let own = Group::new(&middle.0, ours, "");
        let (code, limits, _) = check(&own, &[]);
        let found = limits["found"].as_str().unwrap_or_default();
        // Root has another place to go to.
        let mode = if nix::unistd::Uid::effective().is_root() { "cgroup2" } else { mode };
        assert!(code == 0 && found.starts_with(mode), "{through:?}: {limits:#}");
        let can = found.contains("--cpus can be held");
        if mode == "cgroup2" && !["pids", "memory"].contains(&missing) {
            let given = found.split_once('(').and_then(|(_, rest)| rest.split_once(')')).expect("the controllers").0;
            let all = |list: &str| list.split([' ', ',']).filter(|c| ["cpu", "cpuset", "io", "memory", "pids"].contains(c)).count();
            assert!(all(given) == all(through) && (missing.is_empty() || !given.contains(missing)), "{through:?}: {given}");
            assert_eq!(can, missing != "cpu", "{found}");
        }
        let (code, limits, required) = check(&own, &["--cpus", "0.5"]);
        assert_eq!(code == 0, can, "{through:?}: {limits:#} {required:#}");
        if !can {
            assert!(required["found"].as_str().is_some_and(|why| why.contains("--cpus wants")), "{required:#}");
            let ended = binary::finish(own.command(&binary::path()).args(["run", "--cpus", "0.5", "true"]).spawn().expect("sh"));
            assert!(ended.code() == 2 && ended.stderr.contains("--cpus wants cgroup2 limits with a cpu controller"), "{ended:?}");
        }
    }
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
}

/// Where nothing can be made beside its own cgroup, it divides that, once it has left it, with the zygote that it began with.
#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
fn a_cgroup_of_ones_own_is_divided() {
    let _alone = alone();
    let outer = Group::new(&base(), "outer", "+memory +pids");
    let own = Group::new(&outer.0, "own", "");
    let mode = |bits| fs::set_permissions(&outer.0, fs::Permissions::from_mode(bits)).expect("chmod");
    mode(0o555);
    let can_beside = fs::create_dir(outer.0.join("control")).is_ok();
    let run = |args: &[&str]| {
        let mut command = own.command(&binary::path());
        let ended = binary::finish(command.args(["run", "--require", "cgroup2"]).args(args).spawn().expect("sh"));
        let left = fs::read_dir(&own.0).expect("own").flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).count();
        let processes = fs::read_to_string(own.0.join("cgroup.procs")).expect("procs");
        (ended, left, processes)
    };
    let results = [
        run(&["--", "/usr/bin/true"]),
        // What is found out only once the zygote is there.
        run(&["--policy", "nonsense", "--", "/usr/bin/true"]),
        run(&["--require", "landlock", "--", "/usr/bin/true"]),
        run(&["--bind", "/no/such:/x", "--", "/usr/bin/true"]),
    ];
    mode(0o755);
    let _ = fs::remove_dir(outer.0.join("control"));
    // Root may do as he likes, whatever the mode.
    assert_eq!(can_beside, nix::unistd::Uid::effective().is_root(), "the control");
    for (i, (ended, left, processes)) in results.iter().enumerate() {
        assert_eq!((ended.code(), *left, &**processes), (if i == 0 { 0 } else { 2 }, 0, ""), "{i}: {ended:?}");
    }
    let result: Value = serde_json::from_str(results[0].0.stderr.lines().last().unwrap_or_default()).expect("a result");
    assert_eq!(result["sandbox"]["limits"], "cgroup2", "{result:#}");
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
}

/// What a killed supervisor leaves is swept by the next; what a living one has is not.
#[test]
#[ignore = "needs a delegated cgroup v2: judge-tests/run runs it in user-mode-linux"]
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
