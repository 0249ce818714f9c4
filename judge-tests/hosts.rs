//! What is done about the host it runs on: going into a systemd scope, and saying what the host gives less of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::binary;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A user manager's runtime directory, and a `systemd-run` that writes down each call.
struct Manager {
    dir: tempfile::TempDir,
    _socket: UnixListener,
}

/// Takes the options off and becomes the command, as the real one does; this one has no cgroup to give.
const BECOMES_IT: &str = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";

impl Manager {
    fn new(systemd_run: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join("systemd")).expect("mkdir");
        let socket = UnixListener::bind(dir.path().join("systemd/private")).expect("a socket");
        let script = format!("#!/bin/sh\necho \"$*\" >> {}\n{systemd_run}\n", dir.path().join("calls").display());
        fs::write(dir.path().join("systemd-run"), script).expect("write");
        fs::set_permissions(dir.path().join("systemd-run"), fs::Permissions::from_mode(0o755)).expect("chmod");
        Self { dir, _socket: socket }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// `assize`, started by `sh` as `script` says where `$ASSIZE` is.
    fn start(&self, script: &str) -> Child {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.path().display());
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.path());
        command.env("ASSIZE", binary::path()).env("PATH", path).env("XDG_RUNTIME_DIR", self.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh")
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.path().join("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

/// Whether a cgroup is ours to divide here already: then no scope is ever asked for.
fn divisible() -> bool {
    let ended = binary::run(&["check", "--no-scope", "--require", "cgroup2"], &binary::data(), b"");
    ended.code() == 0
}

#[test]
fn where_no_cgroup_is_ours_a_scope_is_entered_once_with_everything_passed_through() {
    let manager = Manager::new(BECOMES_IT);
    let script = "exec \"$ASSIZE\" run -- sh -c 'cat; echo oops >&2; echo \"$1\"; exit 7' x '${HOME} $$ a  b' 3> result.json";
    let ended = binary::feed(manager.start(script), b"hello\n");
    assert_eq!((ended.code(), ended.stdout.as_str()), (1, "hello\n${HOME} $$ a  b\n"), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("oops\n"), "{}", ended.stderr);
    let result: Value = serde_json::from_slice(&fs::read(manager.path().join("result.json")).expect("fd 3")).expect("JSON");
    assert_eq!((&result["exit_code"], &result["reason"]), (&7.into(), &"exit_code".into()));
    let calls = manager.calls();
    if divisible() {
        return assert_eq!(calls, Vec::<String>::new());
    }
    // It is asked with a command that does nothing, and then used; what it "gave" is no reason to try again.
    let options = "--user --scope --quiet --collect -p Delegate=yes --expand-environment=no -- ";
    assert_eq!(calls.len(), 2, "{calls:#?}");
    assert_eq!(calls[0], format!("{options}true"));
    assert!(calls[1].starts_with(&format!("{options}/")) && calls[1].contains(" run -- sh -c"), "{}", calls[1]);
    if result["sandbox"]["limits"] == "rlimit" {
        assert_eq!(ended.stderr.lines().count(), 2, "what the host lacks, and what the command said: {}", ended.stderr);
    }
}

#[test]
fn a_systemd_run_that_fails_is_done_without_and_in_silence() {
    for script in ["echo 'Failed to connect to bus' >&2; exit 1", "exec /no/such/program"] {
        let manager = Manager::new(script);
        let ended = binary::finish(manager.start("ASSIZE_LOG=error exec \"$ASSIZE\" run --result r -- echo fine"));
        assert_eq!((ended.code(), ended.stdout.as_str(), ended.stderr.as_str()), (0, "fine\n", ""));
        if !divisible() {
            // With the option that only systemd 254 and later have, and without.
            assert_eq!(manager.calls().len(), 2, "{:#?}", manager.calls());
        }
    }
}

#[test]
fn no_scope_is_asked_for_where_none_is_wanted() {
    let manager = Manager::new(BECOMES_IT);
    for (args, env) in [("--no-scope", ""), ("--limits-mode rlimit", ""), ("", "ASSIZE_SCOPE=1")] {
        let ended = binary::finish(manager.start(&format!("{env} exec \"$ASSIZE\" run {args} --result r -- true")));
        assert_eq!(ended.code(), 0, "{}", ended.stderr);
    }
    for command in ["languages", "schema request"] {
        assert_eq!(binary::finish(manager.start(&format!("exec \"$ASSIZE\" {command}"))).code(), 0, "{command}");
    }
    assert_eq!(manager.calls(), Vec::<String>::new());
}

#[test]
fn signals_reach_what_was_started_again() {
    let manager = Manager::new(BECOMES_IT);
    let mut child = manager.start("exec \"$ASSIZE\" judge");
    let mut stdin = child.stdin.take().expect("piped");
    let request =
        |sleep: u32| format!(r#"{{"language": "bash", "source": "sleep {sleep}", "tests": [{{}}], "limits": {{"wall_time_ms": 60000}}}}"#);
    writeln!(stdin, "{}", request(0)).expect("write");
    // Its answer: now it judges, and listens. (Nothing else is written yet that a buffer could swallow.)
    let mut answers = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    answers.read_line(&mut first).expect("an answer");
    assert!(first.contains("\"OK\""), "{first:?}");
    child.stdout = Some(answers.into_inner());
    writeln!(stdin, "{}", request(60)).expect("write");
    assert!(harness::processes::are_running(&child, "sleep 60", 1), "the second never ran");
    harness::processes::send(&child, Signal::SIGINT);
    let status = binary::wait(&mut child, Duration::from_secs(30)).expect("ended by SIGINT");
    let ended = binary::finish(child);
    assert_eq!(status.code(), Some(130), "{ended:?}");
    assert!(ended.stdout.contains("cancelled"), "{ended:?}");
}

/// The kernel passes on no more descriptors at a time, of all of a user's, than a process may have open.
#[test]
fn many_files_for_many_slots_where_few_may_be_open() {
    let files: serde_json::Map<String, serde_json::Value> = (0..400).map(|n| (format!("f{n}"), "x".into())).collect();
    let limits = serde_json::json!({"wall_time_ms": 60_000});
    let tests = [serde_json::json!({"files": files, "answer": "400\n"})];
    let request = serde_json::json!({"language": "bash", "source": "set -- f*; echo $#", "limits": limits, "tests": tests});
    let input: String = (0..12).map(|_| format!("{request}\n")).collect();
    let mut few = Command::new("bash");
    few.args(["-c", "ulimit -n 256; exec \"$0\" judge -j6 -q"]).arg(binary::path()).current_dir(binary::data());
    let child = few.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash");
    let ended = binary::feed(child, input.as_bytes());
    let verdicts: Vec<_> = ended.lines().iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts, vec!["AC"; 12], "{}", ended.stderr);
}

#[test]
fn what_the_host_lacks_is_one_line_of_a_quiet_pipeline() {
    let dir: PathBuf = binary::data();
    let run = |args: &[&str]| binary::run(&[&["run", "--no-scope", "--result", "1000"][..], args].concat(), &dir, b"");
    // A descriptor that isn't open: refused before anything is said of the host.
    assert_eq!(run(&["--", "true"]).code(), 2);
    let request = br#"{"language": "bash", "source": "true", "tests": [{}]}"#;
    let ended = binary::run(&["judge", "--no-scope"], &dir, request);
    let facts = ended.lines()[0]["sandbox"].clone();
    let lacks = [facts["limits"] == "rlimit", facts["uid_map"] == "self", facts["landlock_abi"].is_null()];
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let wanted = usize::from(lacks.iter().any(|l| *l));
    assert_eq!(lines.len(), wanted, "{facts}: {lines:#?}");
    for (lack, word) in lacks.into_iter().zip(["rlimit", "user id", "Landlock"]) {
        assert_eq!(lack, lines.iter().any(|l| l.contains(word)), "{word}: {lines:#?}");
    }
    assert!(lines.iter().all(|l| l.contains("WARN") && l.contains("assize check")), "{lines:#?}");
    // Whoever asks for it knows.
    let ended = binary::run(&["judge", "--limits-mode", "rlimit"], &dir, request);
    assert!(!ended.stderr.contains("rlimit"), "{}", ended.stderr);
}

/// As with user-private groups: what others can write to is not trusted, and so must not be made.
#[test]
fn a_mask_that_lets_others_write_costs_no_cache() {
    let cache = tempfile::tempdir().expect("a directory");
    let judge = || {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "umask 0; echo '{\"language\": \"c17\", \"source\": \"int main(void) { return 0; }\"}' | exec \"$1\" judge --no-scope",
            "sh",
        ]);
        command.arg(binary::path()).env("XDG_CACHE_HOME", cache.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = binary::finish(command.spawn().expect("sh"));
        let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("{ended:?}"));
        assert_eq!(line["verdict"], "OK", "{line:#}");
        line["compile"]["cached"].clone()
    };
    assert_eq!((judge(), judge()), (false.into(), true.into()));
}

/// As for a user without a home in a container.
#[test]
fn a_cache_that_cannot_be_made_is_said() {
    let check = |cache: &Path| {
        let mut command = Command::new(binary::path());
        command.args(["check", "--no-scope"]).env("XDG_CACHE_HOME", cache).stdout(Stdio::piped()).stderr(Stdio::piped());
        binary::finish(command.spawn().expect("assize")).stdout
    };
    let dir = tempfile::tempdir().expect("a directory");
    let said = check(&dir.path().join("new"));
    assert!(said.contains("ok       cache"), "{said}");
    let closed = tempfile::tempdir().expect("a directory");
    fs::create_dir(closed.path().join("assize")).expect("mkdir");
    fs::set_permissions(closed.path().join("assize"), fs::Permissions::from_mode(0o500)).expect("chmod");
    // Root may write everywhere.
    if !nix::unistd::geteuid().is_root() {
        let said = check(closed.path());
        assert!(
            said.contains("weaker   cache     none: every program is compiled anew (") && said.contains("can't be written to:"),
            "{said}"
        );
    }
    let said = check(Path::new("/proc/no"));
    assert!(said.contains("weaker   cache     none: every program is compiled anew (/proc/no/assize can't be made:"), "{said}");
}
