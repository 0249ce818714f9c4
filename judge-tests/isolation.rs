//! What a run sees of the world, and what the world sees of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, in_uml, processes};
use nix::unistd::Uid;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn script(name: &str) -> String {
    let path = binary::data().join("isolation").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Judges one Python program without an answer; its line.
fn judge(args: &[&str], source: &str, tests: &Value) -> Value {
    let capture = json!({"stdout_bytes": 65_536, "stderr_bytes": 4096});
    let request = json!({"language": "python3", "source": source, "tests": tests, "checker": {"kind": "none"}, "capture": capture});
    let ended = binary::run(&[&["judge"], args].concat(), &binary::data(), request.to_string().as_bytes());
    let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("no line; stderr:\n{}", ended.stderr));
    assert_eq!(line["verdict"], "OK", "{line:#}");
    line
}

/// What `look.py` sees in the sandbox.
fn look() -> Value {
    // On the host's loopback, to be connected to from inside.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "the control: it can be reached from here");
    let line = judge(&[], &script("look.py"), &json!([{"stdin": port.to_string()}]));
    serde_json::from_str(line["tests"][0]["stdout"].as_str().expect("text")).expect("look.py prints JSON")
}

/// What a file of the host's lies on, in look.py's words: a container's /dev is a tmpfs.
fn kind_outside(file: &str) -> &'static str {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("mountinfo");
    let above = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let at = place.split(' ').nth(4)?;
        Path::new(file).starts_with(at).then_some((at.len(), kind.starts_with("tmpfs ")))
    });
    // Of several at one place the last one is on top.
    if above.max_by_key(|(length, _)| *length).expect("a mount").1 { "tmpfs" } else { "host" }
}

#[test]
fn the_file_system_is_what_it_should_be() {
    let seen = look();
    let own = json!(["tmpfs", "nodev", "nosuid", "rw"]);
    let fixed = json!(["tmpfs", "nodev", "nosuid", "ro"]);
    let mut expected = json!({
        "/": fixed, "/app": fixed, "/box": own, "/tmp": own, "/usr": ["host", "nodev", "nosuid", "ro"],
        "/proc": ["proc", "nodev", "noexec", "nosuid", "ro"],
    });
    for name in ["null", "zero", "full", "random", "urandom"] {
        // Read-only: what is written to the device is none of the mount's business, but the node's times are.
        let at = format!("/dev/{name}");
        expected[&at] = json!([kind_outside(&at), "noexec", "nosuid", "ro"]);
    }
    // A host with something mounted below /usr shows that too: as read-only as the rest.
    let mut mounts = seen["mounts"].clone();
    mounts.as_object_mut().expect("an object").retain(|at, flags| {
        let below = at.starts_with("/usr/");
        assert!(!below || ["nodev", "nosuid", "ro"].iter().all(|f| flags.as_array().is_some_and(|all| all.contains(&json!(f)))), "{at}");
        !below
    });
    assert_eq!(mounts, expected);
    // /bin and the like are links into /usr, or directories on systems that keep them apart.
    let root: BTreeSet<&str> = seen["root"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let system: BTreeSet<&str> = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].into();
    let rest: Vec<_> = root.difference(&system).copied().collect();
    assert_eq!(rest, ["app", "box", "dev", "etc", "proc", "tmp", "usr"]);
    assert_eq!(seen["dev"], json!(["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"]));
    assert_eq!(seen["etc"], json!(["group", "hostname", "hosts", "nsswitch.conf", "passwd"]));
    assert_eq!((&seen["cwd"], &seen["box"], &seen["tmp"]), (&json!("/box"), &json!(["main.py"]), &json!([])));
    assert_eq!(seen["tty"], "FileNotFoundError");
}

#[test]
fn it_has_three_descriptors_a_clean_environment_and_no_rights() {
    let seen = look();
    assert_eq!(seen["descriptors"], json!([0, 1, 2]));
    assert_eq!(seen["environment"], json!({"HOME": "/tmp", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}));
    assert_eq!(seen["hostname"], "assize");
    let status = &seen["status"];
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "SigBlk"] {
        assert_eq!(status[set], json!(["0000000000000000"]), "{set}");
    }
    // CPython ignores SIGPIPE and SIGXFSZ itself.
    assert_eq!(status["SigIgn"], json!(["0000000001001000"]));
    assert_eq!((&status["NoNewPrivs"], &status["Seccomp"], &status["Umask"]), (&json!(["1"]), &json!(["2"]), &json!(["0022"])));
    for ids in ["Uid", "Gid"] {
        assert_eq!(status[ids], json!(["1000", "1000", "1000", "1000"]), "{ids}");
    }
    for (limit, value) in [("CORE", 0), ("NOFILE", 64), ("FSIZE", 64 << 20)] {
        assert_eq!(seen["limits"][limit], value, "{limit}");
    }
}

#[test]
fn it_is_alone() {
    let seen = look();
    assert_ne!(seen["pid"], 1, "PID 1 has no default actions for signals");
    assert_eq!(seen["processes"], json!([seen["pid"]]), "/proc shows others");
    // PID 1 is the zygote.
    assert_eq!(seen["session"], json!([1, true]));
    for (file, error) in seen["init"].as_object().expect("an object") {
        assert!(!error.is_null(), "/proc/1/{file} can be read");
    }
    assert!(!seen["loopback"].is_null(), "it reached a port of the host's");
    for (name, inside) in seen["namespaces"].as_object().expect("an object") {
        let ours = fs::read_link(format!("/proc/self/ns/{name}")).expect("a namespace");
        assert_ne!(inside.as_str(), ours.to_str(), "{name} is shared with the host");
    }
}

#[test]
fn nothing_passes_from_run_to_run() {
    let key = (std::process::id() % 100_000 + 100_000).to_string();
    let source = script("plant.py");
    for folder in ["/tmp", "/box"] {
        // One worker: both runs are in the same slot, one after the other.
        let tests = json!([{"args": ["plant", folder, key]}, {"args": ["look", folder, key]}]);
        let line = judge(&["-j1"], &source, &tests);
        let planted = line["tests"][0]["stdout"].as_str().expect("text");
        assert!(planted.contains("file"), "nothing was planted: {line:#}");
        assert_eq!(line["tests"][1]["stdout"], "nothing\n", "planted: {planted}");
    }
    // The control: outside, all of it is found.
    let folder = tempfile::tempdir().expect("a directory");
    let outside = |mode: &str| {
        let output = Command::new("python3").args(["-c", &source, mode]).arg(folder.path()).arg(&key).output().expect("python3");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!((outside("plant").as_str(), outside("look").as_str()), ("file memory socket", "file memory socket"));
    let removed = Command::new("ipcrm").args(["-M", &key]).status().expect("ipcrm");
    assert!(removed.success(), "the control's shared memory is left: ipcrm -M {key}");
    // Gone by itself after three seconds: until then others who look around would find it.
    let began = Instant::now();
    while fs::read_to_string("/proc/net/unix").expect("sockets").contains(&format!("@assize-planted-{key}")) {
        assert!(began.elapsed() < Duration::from_mins(1), "the control's daemon is left");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// After a short run a slot makes ready for the next; after a longer one that has been done beside it.
#[test]
fn nothing_passes_between_short_runs() {
    const RUNS: usize = 80;
    // A little below the time from which on a run counts as a longer one.
    const SHORT_MS: f64 = 0.9;
    let source = script("brief.c");
    let tests: Vec<Value> = (0..RUNS).map(|how| json!({"args": ["/box", "/tmp", how.to_string()]})).collect();
    let capture = json!({"stdout_bytes": 65_536, "stderr_bytes": 4096});
    let compile = json!({"args": ["-static"]});
    let request =
        json!({"language": "c17", "source": source, "tests": tests, "checker": {"kind": "none"}, "capture": capture, "compile": compile});
    // What those saw of numbers that the kernel hands out that came after a short one. Whatever else is going on here takes numbers,
    // too, such as the other tests here: so it is tried again, after a while, until nine of ten see the same.
    let mut seen_alike = (0, 0);
    for tries in 0..30 {
        std::thread::sleep(Duration::from_millis(20 * tries));
        let ended = binary::run(&["judge", "-j1"], &binary::data(), request.to_string().as_bytes());
        let line = ended.lines().into_iter().next().unwrap_or_else(|| panic!("no line; stderr:\n{}", ended.stderr));
        assert_eq!(line["verdict"], "OK", "{line:#}");
        let tests = line["tests"].as_array().expect("tests");
        assert_eq!(tests.len(), RUNS);
        let seen = |test: &Value| {
            assert_eq!(test["stderr"], "", "it could not do what it is there for");
            let text = test["stdout"].as_str().expect("text");
            text.split_once('\n').map(|(numbers, rest)| (numbers.to_owned(), rest.to_owned())).expect("lines")
        };
        let (_, first) = seen(&tests[0]);
        assert!(first.contains("/box: main.c mode 40755 links 2 used 0 files 4\n") && first.contains("above the root: itself"), "{first}");
        let mut after_short: BTreeMap<String, usize> = BTreeMap::new();
        for (n, pair) in tests.windows(2).enumerate() {
            let (numbers, other) = seen(&pair[1]);
            assert_eq!(other, first, "run {} sees another world than the first", n + 1);
            if pair[0]["wall_time_ms"].as_f64().expect("a number") < SHORT_MS {
                *after_short.entry(numbers).or_default() += 1;
            }
        }
        let (alike, all) = (after_short.values().max().copied().unwrap_or(0), after_short.values().sum::<usize>());
        if all >= RUNS / 8 {
            seen_alike = (alike, all);
            if alike * 10 >= all * 9 {
                break;
            }
        }
    }
    let (alike, all) = seen_alike;
    // In user-mode-linux hardly a run is so short.
    assert!(all > 0 || in_uml(), "hardly a run was over within {SHORT_MS} ms: this has shown nothing");
    assert!(alike * 10 >= all * 9, "of {all} runs that came after a short one {alike} have seen the same numbers");
    // The control: outside, the second sees what the first has left.
    let folder = tempfile::tempdir().expect("a directory");
    let (program, text) = (folder.path().join("brief"), folder.path().join("brief.c"));
    fs::write(&text, &source).expect("write");
    assert!(Command::new("gcc").arg("-o").args([&program, &text]).status().expect("gcc").success());
    let places = ["box", "tmp"].map(|name| folder.path().join(name));
    for place in &places {
        fs::create_dir(place).expect("a directory");
    }
    let outside = || Command::new(&program).args(&places).arg("0").output().expect("runs").stdout;
    let (before, after) = (outside(), outside());
    let planted = |text: &[u8]| String::from_utf8_lossy(text).matches("planted").count();
    assert_eq!((planted(&before), planted(&after)), (0, 2));
}

/// The uid that the kernel knows a run by, as everybody else on the host sees it.
fn outside_uids() {
    let marker = format!("assize-payload-{}", std::process::id());
    let language = |source: String| json!({"language": "bash", "source": source, "tests": [{}, {}], "limits": {"wall_time_ms": 30_000}});
    let ended = binary::run(&["judge"], &binary::data(), language("true".into()).to_string().as_bytes());
    let map = ended.lines()[0]["sandbox"]["uid_map"].as_str().expect("a word").to_owned();
    let mut child = binary::start(&["judge", "-j2"], &binary::data());
    let mut stdin = child.stdin.take().expect("piped");
    writeln!(stdin, "{}", language(format!("exec -a {marker} sleep 25"))).expect("write");
    let began = Instant::now();
    let uids = loop {
        let uids = processes::uids_of(&marker);
        if uids.len() == 2 || began.elapsed() > Duration::from_secs(20) {
            break uids;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    child.kill().expect("kill");
    drop(stdin);
    let _ = child.wait();
    assert_eq!(uids.len(), 2, "two runs at the same time: {uids:?}");
    assert!(!uids.contains(&0), "a run is root outside: {uids:?}");
    let own = Uid::current().as_raw();
    if map == "self" {
        assert_eq!(uids, [own, own]);
    } else {
        assert_ne!(uids[0], uids[1], "two slots share an id, with uid map {map}");
        assert!(!uids.contains(&own), "a run has the caller's own id, with uid map {map}: {uids:?}");
    }
    assert_eq!(map == "root", own == 0, "uid map {map} for uid {own}");
}

#[test]
fn outside_it_is_nobody_and_differs_between_slots() {
    outside_uids();
}

#[test]
#[ignore = "for root: judge-tests/run runs it as root"]
fn root_outside_it_is_not_root() {
    assert!(Uid::current().is_root(), "this test is for root");
    outside_uids();
}
