//! In a container: the cgroup namespace's root is not the hierarchy's, and processes are in it (`Subtree::in_namespace`).
//!
//! `contain`, beside this, starts it as Podman would, without `--privileged`. What each flag of README's ("In a container") is for is
//! shown by doing without it. `judge-tests/run` runs the suites in such a container, too.
use super::{alone, comes_true, named, ours};
use crate::harness::binary;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// Runs a shell script in a container, where `/assize` is the binary under test.
fn contained(options: &[&str], script: &str) -> binary::Ended {
    let mut contain = Command::new(binary::data().join("cgroup2/contain"));
    contain.args(options).args(["/bin/sh", "-c", script]);
    contain.env("ASSIZE_BIN", binary::path()).env("ASSIZE_TESTS", binary::data()).env_remove("XDG_CACHE_HOME");
    contain.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    binary::finish(contain.spawn().expect("python3"))
}

/// The lines that are JSON.
fn results(ended: &binary::Ended) -> Vec<Value> {
    ended.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

const RUN: &str = "/assize run --result 3 -- true 3>&1";

#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_a_container_that_owns_its_cgroup_has_cgroup2_limits() {
    let _alone = alone();
    // One; two at once; a third that finds room beside itself; and what is left in the end.
    let script = format!(
        "cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/; {RUN}; {RUN} & {RUN} & wait; {RUN}; cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/"
    );
    let ended = contained(&[], &script);
    let runs = results(&ended);
    assert!(ended.status.success() && runs.len() == 4, "{ended:?}");
    for run in &runs {
        assert_eq!(
            (&run["verdict"], &run["sandbox"]["limits"], &run["sandbox"]["uid_map"]),
            (&"OK".into(), &"cgroup2".into(), &"root".into())
        );
    }
    let rest: Vec<&str> = ended.stdout.lines().filter(|line| !line.starts_with('{')).collect();
    // Before, the shell was in the namespace's root, where nothing else was; afterwards it is in the leaf, and nothing of ours is left.
    assert_eq!(rest, ["0::/", "0::/processes", "/sys/fs/cgroup/processes/"], "{ended:?}");
    // crun removes it after the container's end, when the kernel lets it.
    assert!(comes_true(|| named("container").is_empty()), "cgroups are left: {:?}", named("container"));
    assert_eq!(ours(), Vec::<String>::new(), "cgroups are left");
}

/// What lies on a disk is opened for runs by a process with mounts of its own, which a container's root can't have just so.
#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_files_reach_a_run_in_a_container() {
    let _alone = alone();
    let script =
        "umask 077; echo hello > /tmp/in; /assize run --result 3 --stdin /tmp/in --file /tmp/in:in -- sh -c 'cat - in' 3> /tmp/result";
    for uid in ["--uid=0", "--uid=1000"] {
        let ended = contained(&[uid], script);
        assert!(ended.status.success() && ended.stdout == "hello\nhello\n", "{uid}: {ended:?}");
    }
}

/// As in a systemd service with `DynamicUser=yes`. What the compiler left is opened by the zygote and by us, as root and as another.
#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_programs_are_compiled_where_a_filter_takes_openat2_away() {
    let _alone = alone();
    let request = json!({"language": "c17", "source": "int main(void) { return 0; }", "tests": [{}],
        "limits": {"cpu_time_ms": 30_000}, "compile": {"limits": {"cpu_time_ms": 60_000}}});
    // The control: the call is gone.
    let control =
        "python3 -c 'import ctypes; c = ctypes.CDLL(None, use_errno=True); c.syscall(437, 0, 0, 0, 0); print(ctypes.get_errno())'";
    let script = format!("{control}; export XDG_CACHE_HOME=$(mktemp -d); echo '{request}' | /assize judge");
    for uid in ["--uid=0", "--uid=1000"] {
        let ended = contained(&["--without-openat2", uid], &script);
        let line = results(&ended).into_iter().find(Value::is_object).unwrap_or_else(|| panic!("{ended:?}"));
        assert_eq!((&line["verdict"], &line["compile"]["cached"]), (&"OK".into(), &false.into()), "{uid}: {line:#}");
        assert!(ended.stdout.starts_with(&format!("{}\n", libc::ENOSYS)), "{ended:?}");
    }
}

#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_what_the_flags_of_a_container_are_for() {
    let _alone = alone();
    // Docker's flag leaves /sys/fs/cgroup read-only.
    let ended = contained(&["--cgroup-read-only"], RUN);
    let run = results(&ended).pop().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!((&run["verdict"], &run["sandbox"]["limits"]), (&"OK".into(), &"rlimit".into()), "{ended:?}");
    assert!(ended.stderr.contains("Read-only file system"), "{ended:?}");
    let ended = contained(&["--cgroup-read-only"], "/assize check");
    assert!(ended.code() == 0 && ended.stdout.contains("`--security-opt writable-cgroups=true` (Docker"), "{ended:?}");
    // Not the container's root: no cgroup is his, and newuidmap has no right to give him other ids.
    let ended = contained(&["--uid=1000"], RUN);
    let run = results(&ended).pop().unwrap_or_else(|| panic!("{ended:?}"));
    let sandbox = &run["sandbox"];
    assert_eq!((&run["verdict"], &sandbox["limits"], &sandbox["uid_map"]), (&"OK".into(), &"rlimit".into(), &"self".into()), "{ended:?}");
    // With parts of /proc covered there is no slot, and `check` says which flag is missing.
    let ended = contained(&["--masked"], RUN);
    assert!(ended.code() == 3 || ended.code() == 2, "{ended:?}");
    let ended = contained(&["--masked"], "/assize check");
    assert!(ended.code() == 2 && ended.stdout.contains("`--security-opt unmask=ALL` (Podman)"), "{ended:?}");
}
