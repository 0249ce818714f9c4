//! Each layer with the others off: `layers/tries.c` through a build for tests, which can be told to leave layers out
//! (`ASSIZE_WITHOUT`, src/sandbox/without.rs). `ASSIZE_DEBUG_BIN` names that build; default: the binary under test, if it is one.
//!
//! The control is the same program outside: as it is, and with every capability in a user namespace of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::binary;
use harness::suite::Suite;
use libtest_mimic::Completion;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

const VARIABLE: &str = "ASSIZE_WITHOUT";

/// What is tried: with every layer in place, and without the system-call filters. Several words: any of them; and why.
///
/// * `memory`, `setns`: hidepid shows a run no process that it may not trace.
/// * `user-namespace`: the slot allows none (/proc/sys/user/max_user_namespaces); where that can't be written, as in many a
///   container, it is open without the filters.
/// * `prlimit`: open without the filters where zygote and run have one uid, which spoils the slot, and no more.
/// * `key`: open without the filters.
const TRIES: [(&str, &str, &str); 15] = [
    ("read-file", "done", "done"),
    ("write-file", "EROFS", "EROFS"),
    ("user-namespace", "ENOSYS", "ENOSPC"),
    ("network-namespace", "ENOSYS", "EPERM"),
    ("mount", "signal 31", "EPERM"),
    ("fsopen", "signal 31", "EPERM"),
    ("open-tree", "signal 31", "EPERM"),
    ("chroot", "signal 31", "EPERM"),
    ("hostname", "signal 31", "EPERM"),
    ("setns", "EPERM|ENOENT", "EPERM|ENOENT"),
    ("ptrace", "signal 31", "EPERM"),
    ("memory", "EPERM|ENOENT", "EPERM|ENOENT"),
    ("prlimit", "ENOSYS", "EPERM"),
    ("loopback", "ENOSYS", "ENETUNREACH|ECONNREFUSED|EACCES"),
    ("key", "signal 31", "done"),
];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.add("control", [], control);
    for without in ["", "landlock", "seccomp", "seccomp,landlock", "read-only", "read-only,seccomp", "read-only,landlock"] {
        let name = if without.is_empty() { "all layers".to_owned() } else { format!("without {}", without.replace(',', " and ")) };
        suite.add_ignorable(&name, [], move || try_without(without));
    }
    suite.add_ignorable("an unknown layer leaves all in place", [], || try_without("seccomp,walls"));
    suite.add_ignorable("a release build has no switch", [], release);
    suite.run()
}

/// Everything that is tried works somewhere outside.
fn control() -> Result<(), String> {
    let scene = Scene::new();
    let mut sleeper = Command::new("sleep").arg("60").spawn().map_err(|e| e.to_string())?;
    let args = [scene.file.display().to_string(), scene.port.to_string(), sleeper.id().to_string()];
    let plain = Command::new(program()).args(&args).output().map_err(|e| e.to_string())?;
    // There the other process is its own parent's: any of the same namespace.
    let script = "sleep 60 & \"$0\" \"$1\" \"$2\" $!; kill $!";
    let capable = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "--net", "--uts", "sh", "-c", script])
        .arg(program())
        .args(&args)
        .output()
        .map_err(|e| e.to_string())?;
    let _ = (sleeper.kill(), sleeper.wait());
    let (plain, capable) = (answers(&plain.stdout), answers(&capable.stdout));
    let done = |name| [&plain, &capable].iter().any(|a| a.get(name).is_some_and(|w| w == "done"));
    let tame: Vec<_> = TRIES.iter().filter(|(name, ..)| !done(*name)).map(|(name, ..)| name).collect();
    if tame.is_empty() { Ok(()) } else { Err(format!("nothing shows that these do harm: {tame:?}\n{plain:?}\n{capable:?}")) }
}

/// Tries everything with layers left out.
fn try_without(without: &'static str) -> Result<Completion, String> {
    let Some(binary) = for_tests() else {
        return Ok(Completion::ignored_with("the binary under test is no build for tests, and ASSIZE_DEBUG_BIN names none"));
    };
    let scene = Scene::new();
    let (got, facts) = scene.run(&binary, without);
    let off = |layer: &str| without.split(',').any(|w| w == layer) && !without.contains("walls");
    let mut faults = Vec::new();
    // What the kernel has is what a result says was in force.
    if facts["landlock_abi"].is_null() != (off("landlock") || kernel_landlock(&binary).is_null()) {
        faults.push(format!("Landlock: the kernel has ABI {}", kernel_landlock(&binary)));
    }
    for (name, all, no_seccomp) in TRIES {
        let mut wanted = if off("seccomp") { no_seccomp } else { all };
        if name == "write-file" && off("read-only") {
            // The second wall behind the mounts, where the kernel has it.
            wanted = if off("landlock") || facts["landlock_abi"].is_null() { "done" } else { "EACCES" };
        }
        let open = match name {
            "prlimit" => off("seccomp") && facts["uid_map"] == "self",
            "user-namespace" => off("seccomp") && fs::metadata("/proc/sys/user/max_user_namespaces").is_err(),
            _ => false,
        };
        let word = got.get(name).map_or("nothing", String::as_str);
        if !(wanted.split('|').any(|w| w == word) || open && word == "done") {
            faults.push(format!("{name}: {word}, not {wanted}"));
        }
    }
    if faults.is_empty() { Ok(Completion::Completed) } else { Err(format!("{}\n{got:?}\n{facts}", faults.join("\n"))) }
}

/// The switch is nowhere in it, and the variable changes nothing.
fn release() -> Result<Completion, String> {
    let binary = binary::path();
    let Some(tests) = for_tests() else {
        return Ok(Completion::ignored_with("there is no build for tests to compare with"));
    };
    if tests == binary {
        return Ok(Completion::ignored_with("the binary under test is itself a build for tests"));
    }
    let has = |path: &Path| fs::read(path).expect("a binary").windows(VARIABLE.len()).any(|w| w == VARIABLE.as_bytes());
    if has(&binary) || !has(&tests) {
        return Err(format!("{VARIABLE} stands in the release build: {}, in the build for tests: {}", has(&binary), has(&tests)));
    }
    let scene = Scene::new();
    let (told, untold) = (scene.run(&binary, "seccomp,landlock,read-only"), scene.run(&binary, ""));
    if told.0 == untold.0 { Ok(Completion::Completed) } else { Err(format!("{told:?} is not {untold:?}")) }
}

/// The ABI that `assize judge` says is in force: it asks outside of any slot.
fn kernel_landlock(binary: &Path) -> Value {
    let request = br#"{"language": "bash", "source": "true", "tests": [{}]}"#;
    let mut command = Command::new(binary);
    command.args(["judge", "--limits-mode", "rlimit"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = binary::feed(command.spawn().expect("the binary"), request);
    ended.lines()[0]["sandbox"]["landlock_abi"].clone()
}

/// The build that can leave layers out, if there is one.
fn for_tests() -> Option<PathBuf> {
    let path = std::env::var_os("ASSIZE_DEBUG_BIN").map_or_else(binary::path, PathBuf::from);
    let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    bytes.windows(VARIABLE.len()).any(|w| w == VARIABLE.as_bytes()).then_some(path)
}

/// A file of the host's as loose as they get, in a folder that is bound, and a port to be reached.
struct Scene {
    folder: tempfile::TempDir,
    file: PathBuf,
    port: u16,
    _listener: TcpListener,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let file = folder.path().join("file");
        fs::write(&file, "the host's\n").expect("write");
        for (path, mode) in [(folder.path(), 0o777), (file.as_path(), 0o666)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        Self { folder, file, port, _listener: listener }
    }

    /// What each try gave, and the sandbox as it says it was.
    fn run(&self, binary: &Path, without: &str) -> (BTreeMap<String, String>, Value) {
        let work = tempfile::tempdir().expect("a directory");
        let result = work.path().join("result.json");
        let output = Command::new(binary)
            .args(["run", "--policy", "native", "--limits-mode", "rlimit", "--cpu-time", "20000", "--wall-time", "60000", "--bind"])
            .arg(format!("{}:/shared", self.folder.path().display()))
            .arg("--file")
            .arg(format!("{}:tries", program().display()))
            .args(["--result".as_ref(), result.as_os_str()])
            .args(["--", "./tries", "/shared/file", &self.port.to_string(), "1"])
            .env(VARIABLE, without)
            .output()
            .expect("the binary");
        let report = fs::read_to_string(&result).unwrap_or_default();
        let report: Value = serde_json::from_str(&report).unwrap_or_else(|e| panic!("{e}: {output:?}"));
        (answers(&output.stdout), report["sandbox"].clone())
    }
}

fn answers(stdout: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(stdout);
    text.lines().filter_map(|l| l.split_once(' ')).map(|(name, word)| (name.to_owned(), word.to_owned())).collect()
}

/// The program that tries, compiled once.
fn program() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a directory");
        let source = binary::data().join("layers/tries.c");
        let compiled = Command::new("gcc").args(["-O2", "-w", "-static", "-o"]).arg(folder.path().join("tries")).arg(source).status();
        assert!(compiled.expect("gcc").success(), "tries.c can't be compiled");
        folder
    });
    folder.path().join("tries")
}
