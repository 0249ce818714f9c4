//! The commands beside `judge`: `run`, `check`, `languages`, `schema`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::binary;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// `assize run`, its result in a file.
fn run(dir: &Path, args: &[&str], input: &[u8]) -> (binary::Ended, Value) {
    let ended = binary::run(&[&["run", "--result", "result.json"], args].concat(), dir, input);
    let result = fs::read_to_string(dir.join("result.json")).unwrap_or_default();
    let result = serde_json::from_str(&result).unwrap_or_else(|e| panic!("{args:?}: the result is {result:?} ({e}); {}", ended.stderr));
    (ended, result)
}

#[test]
fn run_passes_the_streams_and_reports() {
    let dir = tempfile::tempdir().expect("a directory");
    let args = ["run", "--result", "result.json", "--", "sh", "-c", "cat; echo oops >&2"];
    // What the host lacks is said there otherwise (hosts.rs).
    let quiet = [("ASSIZE_LOG", Path::new("error"))];
    let ended = binary::feed(binary::start_with(&args, dir.path(), &quiet), b"hello\n");
    let result: Value = serde_json::from_slice(&fs::read(dir.path().join("result.json")).expect("a result")).expect("JSON");
    assert_eq!((ended.code(), ended.stdout.as_str(), ended.stderr.as_str()), (0, "hello\n", "oops\n"));
    assert_eq!((&result["verdict"], &result["exit_code"], &result["stdout_bytes"]), (&"OK".into(), &0.into(), &6.into()));
    assert!(result["sandbox"]["uid_map"].is_string() && result["limits"]["memory_bytes"] == 256 << 20, "{result:#}");
}

#[test]
fn run_lets_streams_be_opened_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ended, result) = run(dir.path(), &["--", "sh", "-c", "cat /dev/stdin > /dev/stdout"], b"hello\n");
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, "hello\n"), "{result:#}\n{}", ended.stderr);
}

#[test]
fn run_with_nothing_to_read_gives_the_command_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut command = std::process::Command::new(binary::path());
    command.args(["run", "--result", "result.json", "--", "sh", "-c", "cat - /dev/stdin; stat -Lc %F /dev/stdin"]).current_dir(&dir);
    let ended = command.stdin(std::process::Stdio::null()).output().expect("assize");
    // Not the host's device, of which a run could set the times.
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stdout).trim()), (Some(0), "fifo"), "{ended:?}");
}

#[test]
fn run_without_a_place_for_the_result_says_it_on_stderr() {
    let dir = tempfile::tempdir().expect("a directory");
    let ended = binary::run(&["run", "true"], dir.path(), b"");
    let line = ended.stderr.lines().last().unwrap_or_default();
    let result: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line:?}: {e}"));
    assert_eq!((ended.code(), &result["verdict"]), (0, &"OK".into()));
}

/// `run` as `sh` starts it, with no descriptor but the three, and what `redirect` opens.
fn run_by_shell(dir: &Path, result: &str, redirect: &str) -> binary::Ended {
    let mut shell = std::process::Command::new("sh");
    let closed = "3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
    shell.args(["-c", &format!("exec \"$0\" run {result} -- true {closed} {redirect}")]).arg(binary::path()).current_dir(dir);
    let piped = std::process::Stdio::piped;
    binary::finish(shell.stdin(std::process::Stdio::null()).stdout(piped()).stderr(piped()).spawn().expect("sh"))
}

/// By the time its arguments are read, `run` has descriptors of its own open: they are no place for a result.
#[test]
fn run_writes_its_result_to_no_descriptor_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    for descriptor in 3..10 {
        for name in [descriptor.to_string(), format!("/dev/fd/{descriptor}"), format!("/proc/self/fd/{descriptor}")] {
            let ended = run_by_shell(dir.path(), &format!("--result {name}"), "");
            assert!(ended.code() == 2 && ended.stderr.contains(&format!("--result {name}: ")), "{ended:?}");
        }
        let ended = run_by_shell(dir.path(), &format!("--result {descriptor}"), &format!("{descriptor}> result"));
        let result = fs::read_to_string(dir.path().join("result")).unwrap();
        assert!(ended.code() == 0 && result.contains("\"verdict\":\"OK\""), "{descriptor}: {result:?} {ended:?}");
    }
}

/// As Node and others hand a child its pipes: it can't be opened again by a path. And non-blocking, as they may have made it.
#[test]
fn run_writes_its_result_to_a_socket() {
    let dir = tempfile::tempdir().expect("a directory");
    // Taken, so that neither end is 3 itself.
    let script = "import os, socket, subprocess, sys\n\
        os.dup2(os.open('/dev/null', os.O_RDONLY), 3)\n\
        ours, theirs = socket.socketpair()\n\
        theirs.setblocking(False)\n\
        os.dup2(theirs.fileno(), 3)\n\
        subprocess.run([sys.argv[1], 'run', 'sh', '-c', 'echo out; echo err >&2'], pass_fds=[3])\n\
        os.close(3); theirs.close()\n\
        print('socket:', ours.makefile().read())\n";
    let mut python = std::process::Command::new("python3");
    let ended = python.args(["-c", script]).arg(binary::path()).current_dir(&dir).output().expect("python3");
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(stdout.starts_with("out\nsocket: {") && stdout.contains("\"verdict\":\"OK\""), "{stdout}{stderr}");
    assert!(stderr.lines().any(|line| line == "err") && !stderr.contains("verdict"), "{stderr}");
}

/// `while read -r line <&3; do assize run …; done 3< list` would else read its own results.
#[test]
fn run_writes_its_result_to_no_descriptor_that_is_only_read() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("list"), "a\nb\n").unwrap();
    let ended = run_by_shell(dir.path(), "", "3< list");
    assert!(ended.code() == 0 && ended.stderr.lines().last().unwrap_or_default().starts_with('{'), "{ended:?}");
    let ended = run_by_shell(dir.path(), "--result 3", "3< list");
    assert!(ended.code() == 2 && ended.stderr.contains("--result 3: is it open for writing?"), "{ended:?}");
    assert_eq!(fs::read_to_string(dir.path().join("list")).unwrap(), "a\nb\n");
}

#[test]
fn run_says_what_went_wrong() {
    let dir = tempfile::tempdir().expect("a directory");
    for (args, verdict, reason) in [
        (&["--", "sh", "-c", "exit 7"][..], "RE", "exit_code"),
        (&["--cpu-time", "100", "--wall-time", "60000", "--", "sh", "-c", "while :; do :; done"], "TLE", "cpu_time"),
        (&["--wall-time", "100", "--", "sleep", "20"], "TLE", "wall_time"),
        (&["--output", "1000", "--", "sh", "-c", "while :; do echo hi; done"], "OLE", "stdout"),
        (&["--", "./nonsense"], "RE", "exec"),
    ] {
        let (ended, result) = run(dir.path(), args, b"");
        assert_eq!((ended.code(), &result["verdict"], &result["reason"]), (1, &verdict.into(), &reason.into()), "{args:?}");
    }
}

/// A slot is given 20 seconds to stand, and here says with its first answer that it does, unless that is long in coming.
#[test]
fn a_first_run_may_take_longer_than_its_slot_to_stand() {
    let dir = tempfile::tempdir().unwrap();
    let (ended, result) = run(dir.path(), &["--wall-time", "60000", "--", "sleep", "21"], b"");
    assert!(ended.code() == 0 && result["wall_time_ms"].as_f64() > Some(20_500.0), "{result:#} {ended:?}");
}

/// What a slot's zygote calls itself is not the policy's to forbid.
#[test]
fn a_policy_of_few_calls_is_enough() {
    const FEW: &str = r#"id = "few"
allow = ["execve", "brk", "mmap", "munmap", "mprotect", "access", "openat", "newfstatat", "read", "pread64", "close", "arch_prctl",
    "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "exit_group"]
"#;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    std::fs::write(dir.path().join("policies/few.toml"), FEW).unwrap();
    let deadly = "id = \"deadly\"\ninclude = [\"native\"]\nkill = [\"poll\", \"sched_yield\", \"setsid\"]\n";
    std::fs::write(dir.path().join("policies/deadly.toml"), deadly).unwrap();
    for policy in ["few", "deadly"] {
        let (ended, result) = run(dir.path(), &["--profiles", ".", "--policy", policy, "--", "/usr/bin/true"], b"");
        assert!(ended.code() == 0 && result["verdict"] == "OK", "{policy}: {result:#} {ended:?}");
    }
    // The control: it does hold for the command.
    let poll = ["--profiles", ".", "--policy", "deadly", "--", "python3", "-c", "import select; select.poll().poll(0)"];
    let (_, result) = run(dir.path(), &poll, b"");
    assert_eq!(result["verdict"], "SV", "{result:#}");
}

/// What a caller ignores is handed down (env(1)): children of which nobody is told.
#[test]
fn run_does_not_depend_on_what_its_caller_ignores() {
    let mut command = std::process::Command::new("env");
    command.args(["--ignore-signal=CHLD", "--ignore-signal=PIPE"]).arg(binary::path());
    command.args(["run", "--result", "/dev/null", "--", "sh", "-c", "true & wait $!; kill -s PIPE $$; echo not reached"]);
    let ended = command.output().expect("env");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stdout).as_ref()), (Some(1), ""), "{ended:?}");
}

#[test]
fn a_file_that_does_not_fit_is_said() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("big"), vec![b'x'; 1 << 20]).expect("write");
    let mut args = vec!["run", "--result", "/dev/null", "--disk", "64K", "--file", "big:first"];
    // More than the socket takes at once.
    let names: Vec<String> = (0..300).map(|n| format!("big:f{n}")).collect();
    for name in &names {
        args.extend(["--file", name]);
    }
    let ended = binary::run(&[&args[..], &["--", "true"]].concat(), dir.path(), b"");
    assert!(
        ended.code() == 2 && ended.stderr.contains("first") && ended.stderr.contains("No space left"),
        "{}: {}",
        ended.code(),
        ended.stderr
    );
}

#[test]
fn too_few_open_files_are_said_at_the_start() {
    let run = |limit: &str| {
        let mut command = std::process::Command::new("prlimit");
        command.args([&format!("--nofile={limit}:{limit}"), "--"]).arg(binary::path());
        command.args(["run", "--result", "/dev/null", "--", "true"]).output().expect("prlimit")
    };
    for few in ["7", "14", "63"] {
        let ended = run(few);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(2) && said.contains(few) && said.contains("ulimit -Hn"), "{few}: {ended:?}");
    }
    assert_eq!(run("64").status.code(), Some(0));
}

#[test]
fn run_brings_files_in_and_out() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::create_dir(dir.path().join("data")).expect("mkdir");
    fs::write(dir.path().join("data/secret"), "host\n").expect("write");
    fs::write(dir.path().join("in.txt"), "stdin\n").expect("write");
    let data = format!("{}:/data", dir.path().join("data").display());
    let script =
        "cat - here.txt /data/secret > out.txt; echo $WORD >> out.txt; echo x > /data/new 2>/dev/null || echo read-only >> out.txt";
    let args = ["--stdin", "in.txt", "--file", "in.txt:here.txt", "--bind", &data, "--env", "WORD=word", "--collect", "out.txt:got.txt"];
    let (ended, result) = run(dir.path(), &[&args[..], &["--", "sh", "-c", script]].concat(), b"");
    assert_eq!(ended.code(), 0, "{result:#}\n{}", ended.stderr);
    let got = fs::read_to_string(dir.path().join("got.txt")).expect("collected");
    assert_eq!(got, "stdin\nstdin\nhost\nword\nread-only\n");
    assert_eq!(result["collected"]["out.txt"], got.len());
    // A link out of the box is no file to collect.
    let (ended, result) = run(dir.path(), &["--collect", "out.txt:stolen", "--", "ln", "-s", "/etc/passwd", "out.txt"], b"");
    assert_eq!((ended.code(), &result["collected"]["out.txt"]), (1, &Value::Null));
    assert!(!dir.path().join("stolen").exists() && ended.stderr.contains("out.txt"), "{}", ended.stderr);
}

#[test]
fn run_refuses_what_it_cannot_do() {
    let dir = tempfile::tempdir().expect("a directory");
    for (args, word) in [
        (&["run", "--bind", "/usr:/usr/local/x", "true"][..], "/usr"),
        (&["run", "--bind", "no-such-path:/x", "true"], "no-such-path"),
        (&["run", "--policy", "nonsense", "true"], "native"),
        (&["run", "--file", "no-such-file", "true"], "no-such-file"),
        (&["run", "no-such-program"], "absolute path"),
        (&["run", "--limits-mode", "rlimit", "--require", "cgroup2", "true"], "cgroup2"),
    ] {
        let ended = binary::run(args, dir.path(), b"");
        assert_eq!((ended.code(), ended.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ended.stderr.contains(word), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn a_cause_is_told_once() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("1.in"), "").expect("write");
    std::fs::write(dir.path().join("1.ans"), "").expect("write");
    let ended = binary::run(&["grade", ".", "nobody"], dir.path(), b"");
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(ended.stderr.lines().last(), Some("assize: failed to read nobody: No such file or directory (os error 2)"));
}

#[test]
fn check_proves_that_the_host_is_usable() {
    let ended = binary::run(&["check", "--json"], &binary::data(), b"");
    let found: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((ended.code(), &found["usable"]), (0, &true.into()), "{found:#}");
    let state = |name: &str| {
        let checks = found["checks"].as_array().expect("a list");
        checks.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("nothing is said of {name}"))["state"].clone()
    };
    assert_eq!(state("sandbox"), "ok");
    for name in ["limits", "user ids", "landlock", "cache"] {
        assert!(["ok", "weaker"].iter().any(|s| state(name) == *s), "{name}: {}", state(name));
    }
    for check in found["checks"].as_array().expect("a list").iter().filter(|c| c["state"] == "weaker") {
        assert!(check["fix"].as_str().is_some_and(|f| !f.is_empty()), "nothing mends {check}");
    }
    // A run says of itself what the host offers: no layer is lost on the way, and none is made up.
    let landlock = found["checks"].as_array().expect("a list").iter().find(|c| c["name"] == "landlock").expect("landlock");
    let offered = landlock["found"].as_str().and_then(|f| f.strip_prefix("ABI ")).map(|abi| abi.parse::<u64>().expect("a number"));
    let dir = tempfile::tempdir().expect("a directory");
    let (_, result) = run(dir.path(), &["--", "true"], b"");
    assert_eq!(result["sandbox"]["landlock_abi"].as_u64(), offered, "{result:#} {landlock:#}");
    let ended = binary::run(&["check", "--limits-mode", "rlimit", "--require", "cgroup2"], &binary::data(), b"");
    assert_eq!(ended.code(), 2);
    assert!(ended.stdout.contains("MISSING") && ended.stdout.contains("cgroup2 is required"), "{}", ended.stdout);
}

#[test]
fn languages_are_listed_with_a_users_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let profile = "id = \"shell\"\nname = \"Shell\"\nsource = \"main.sh\"\nextensions = [\"dash\"]\n[toolchain]\ncommands = [\"no-such-shell\"]\n\
                   version = []\npackage = \"dash\"\n[run]\nargv = [\"{tool}\", \"{entry}\"]\nbinds = [\"/usr\"]\npolicy = \"native\"\n";
    fs::create_dir(dir.path().join("languages")).expect("mkdir");
    fs::write(dir.path().join("languages/shell.toml"), profile).expect("write");
    let ended = binary::run(&["languages", "--json", "--profiles", "."], dir.path(), b"");
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {}", ended.stderr));
    let row = |id: &str| rows.iter().find(|r| r["id"] == id).unwrap_or_else(|| panic!("{id} is not listed"));
    assert_eq!((&row("shell")["available"], &row("shell")["hint"]), (&false.into(), &"apt install dash".into()));
    let ids = "c11 c17 cpp17 cpp20 python3 java javascript go rust ruby perl php lua bash pascal ocaml csharp";
    for id in ids.split(' ') {
        assert!(row(id)["available"].is_boolean(), "{id}");
    }
    assert_eq!(row("bash")["available"], true);
}

#[test]
fn every_command_has_help_with_examples() {
    for (command, word) in
        [("judge", "Examples:"), ("run", "Examples:"), ("check", "Exit status"), ("languages", "--json"), ("schema", "request")]
    {
        let ended = binary::run(&[command, "--help"], &binary::data(), b"");
        assert_eq!(ended.code(), 0, "{command}");
        assert!(ended.stdout.contains(word), "{command}: {}", ended.stdout);
    }
}
