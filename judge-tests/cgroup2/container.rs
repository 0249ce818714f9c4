//! In a container: the cgroup namespace's root is not the hierarchy's, and processes are in it (`Subtree::in_namespace`).
//!
//! crun(1) starts it as Podman would, without `--privileged`: Podman's capabilities, namespaces of its own, and a root with nothing
//! but the host's /usr and /etc, and what is tested. What each flag of README's ("In a container") is for is shown by doing without it.
use super::{alone, comes_true, named, ours};
use crate::harness::binary;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Podman's default capabilities (containers.conf(5)).
const CAPABILITIES: [&str; 11] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];
/// What Podman and Docker cover in /proc and /sys, unless told not to.
const MASKED: [&str; 8] = [
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// How a container is started.
#[derive(Clone, Copy)]
struct How {
    /// `unmask=ALL`, or Docker's `systempaths=unconfined`.
    unmasked: bool,
    /// Podman's `unmask=ALL` makes /sys/fs/cgroup writable as well; Docker's flag does not.
    cgroup_writable: bool,
    /// A filter as systemd's `RestrictSUIDSGID=` is, in this: openat2(2) is not there.
    openat2: bool,
    uid: u32,
}

const AS_PODMAN: How = How { unmasked: true, cgroup_writable: true, openat2: true, uid: 0 };

/// Runs a shell script in a container, where `/assize` is the binary under test, and the folder that it lies in `/bin-of-tests`.
fn contained(how: How, script: &str) -> binary::Ended {
    contained_within(how, script, Duration::from_secs(120))
}

fn contained_within(how: How, script: &str, patience: Duration) -> binary::Ended {
    let folder = tempfile::tempdir().expect("a directory");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
    let root = folder.path().join("rootfs");
    for dir in ["usr", "etc", "proc", "sys", "dev", "tmp"] {
        fs::create_dir_all(root.join(dir)).expect("mkdir");
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).expect("chmod");
    fs::write(root.join("assize"), "").expect("write");
    // As Podman has it in every container.
    fs::create_dir(root.join("run")).expect("mkdir");
    fs::write(root.join("run/.containerenv"), "").expect("write");
    for dir in ["bin", "lib", "lib64", "sbin"] {
        symlink(Path::new("usr").join(dir), root.join(dir)).expect("symlink");
    }
    let config = config(how, &root, script);
    fs::write(folder.path().join("config.json"), config.to_string()).expect("write");
    let id = format!("assize-tests-{}", std::process::id());
    let mut crun = Command::new("crun");
    crun.arg("--root")
        .arg(folder.path().join("state"))
        .args(["--cgroup-manager", "cgroupfs", "run", "--bundle"])
        .arg(folder.path())
        .arg(id);
    crun.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    binary::finish_within(crun.spawn().expect("crun (of the package crun)"), patience)
}

fn config(how: How, root: &Path, script: &str) -> Value {
    let mount =
        |to: &str, kind: &str, from: &str, options: &[&str]| json!({"destination": to, "type": kind, "source": from, "options": options});
    let rights = if how.cgroup_writable { "rw" } else { "ro" };
    let capabilities = if how.uid == 0 { &CAPABILITIES[..] } else { &[] };
    let covered = |paths: &[&str]| if how.unmasked { json!([]) } else { json!(paths) };
    let filtered: &[&str] = if how.openat2 { &[] } else { &["openat2"] };
    let filter = filtered.iter().map(|call| json!({"names": [call], "action": "SCMP_ACT_ERRNO", "errnoRet": libc::ENOSYS}));
    let namespaces = ["pid", "network", "ipc", "uts", "mount", "cgroup"].map(|kind| json!({"type": kind}));
    let binary = binary::path();
    json!({
        "ociVersion": "1.0.2",
        "hostname": "container",
        "root": {"path": root, "readonly": false},
        "process": {
            "user": {"uid": how.uid, "gid": how.uid},
            "cwd": "/",
            "args": ["/bin/sh", "-c", script],
            "env": ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"],
            "capabilities": {"bounding": CAPABILITIES, "permitted": capabilities, "effective": capabilities},
        },
        "mounts": [
            mount("/proc", "proc", "proc", &["nosuid", "noexec", "nodev"]),
            mount("/dev", "tmpfs", "tmpfs", &["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/shm", "tmpfs", "shm", &["nosuid", "noexec", "nodev", "mode=1777"]),
            mount("/sys", "sysfs", "sysfs", &["nosuid", "noexec", "nodev", "ro"]),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", &["nosuid", "noexec", "nodev", "relatime", rights]),
            mount("/usr", "bind", "/usr", &["rbind", "ro"]),
            mount("/etc", "bind", "/etc", &["rbind", "ro"]),
            mount("/assize", "bind", binary.to_str().expect("UTF-8"), &["bind", "ro"]),
            mount("/bin-of-tests", "bind", binary.parent().and_then(Path::to_str).expect("UTF-8"), &["bind", "ro"]),
            mount("/judge-tests", "bind", binary::data().to_str().expect("UTF-8"), &["bind", "ro"]),
        ],
        "linux": {
            "namespaces": namespaces,
            "cgroupsPath": "/container",
            "maskedPaths": covered(&MASKED),
            "readonlyPaths": covered(&READ_ONLY),
            "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": filter.collect::<Vec<_>>()},
        },
    })
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
    let ended = contained(AS_PODMAN, &script);
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
    for uid in [0, 1000] {
        let ended = contained(How { uid, ..AS_PODMAN }, script);
        assert!(ended.status.success() && ended.stdout == "hello\nhello\n", "as {uid}: {ended:?}");
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
    for uid in [0, 1000] {
        let ended = contained(How { openat2: false, uid, ..AS_PODMAN }, &script);
        let line = results(&ended).into_iter().find(Value::is_object).unwrap_or_else(|| panic!("{ended:?}"));
        assert_eq!((&line["verdict"], &line["compile"]["cached"]), (&"OK".into(), &false.into()), "as {uid}: {line:#}");
        assert!(ended.stdout.starts_with(&format!("{}\n", libc::ENOSYS)), "{ended:?}");
    }
}

#[test]
#[ignore = "needs a cgroup v2, and root: judge-tests/run runs it as root in user-mode-linux"]
fn root_what_the_flags_of_a_container_are_for() {
    let _alone = alone();
    // Docker's flag leaves /sys/fs/cgroup read-only.
    let ended = contained(How { cgroup_writable: false, ..AS_PODMAN }, RUN);
    let run = results(&ended).pop().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!((&run["verdict"], &run["sandbox"]["limits"]), (&"OK".into(), &"rlimit".into()), "{ended:?}");
    assert!(ended.stderr.contains("Read-only file system"), "{ended:?}");
    let ended = contained(How { cgroup_writable: false, ..AS_PODMAN }, "/assize check");
    assert!(ended.code() == 0 && ended.stdout.contains("`--security-opt writable-cgroups=true` (Docker"), "{ended:?}");
    // Not the container's root: no cgroup is his, and newuidmap has no right to give him other ids.
    let ended = contained(How { uid: 1000, ..AS_PODMAN }, RUN);
    let run = results(&ended).pop().unwrap_or_else(|| panic!("{ended:?}"));
    let sandbox = &run["sandbox"];
    assert_eq!((&run["verdict"], &sandbox["limits"], &sandbox["uid_map"]), (&"OK".into(), &"rlimit".into(), &"self".into()), "{ended:?}");
    // With parts of /proc covered there is no slot, and `check` says which flag is missing.
    let covered = How { unmasked: false, ..AS_PODMAN };
    let ended = contained(covered, RUN);
    assert!(ended.code() == 3 || ended.code() == 2, "{ended:?}");
    let ended = contained(covered, "/assize check");
    assert!(ended.code() == 2 && ended.stdout.contains("`--security-opt unmask=ALL` (Podman)"), "{ended:?}");
}

/// What the suites say of a kernel of one's own they say there, too: all of the contract, of isolation and of the layers, and the
/// corpus's Python.
#[test]
#[ignore = "needs a cgroup v2, root, and judge-tests/run, which puts the tests beside the binary and runs it in user-mode-linux"]
fn root_the_suites_pass_in_a_container() {
    let _alone = alone();
    let uml = std::env::var_os("ASSIZE_UML").map_or("", |_| "ASSIZE_UML=1");
    for (suite, which) in [("contract", ""), ("isolation", "--include-ignored"), ("layers", ""), ("corpus", "python3::")] {
        let script = format!(
            "exec env ASSIZE_BIN=/assize ASSIZE_DEBUG_BIN=/bin-of-tests/assize-for-tests ASSIZE_TESTS=/judge-tests \
             ASSIZE_MODE=cgroup2 ASSIZE_REQUIRE_ALL=1 {uml} /bin-of-tests/{suite}.test {which}"
        );
        let ended = contained_within(AS_PODMAN, &script, Duration::from_secs(400));
        let passed = ended.stdout.lines().find_map(|line| line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse().ok());
        assert!(ended.code() == 0 && passed > Some(5), "{suite} {which}: {}\n{}\n{}", ended.status, ended.stdout, ended.stderr);
        println!("{suite} {which}: {passed:?} passed in {:.0?}", ended.took);
        assert!(comes_true(|| named("container").is_empty()), "cgroups are left: {:?}", named("container"));
    }
}
