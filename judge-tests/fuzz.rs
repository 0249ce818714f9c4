//! What strangers can send, garbled: requests, profiles, packages, archives, the messages between supervisor and slot, in both directions.
//!
//! `ASSIZE_LONG=1`: fifty times as many cases. A failing case is printed shrunk; `PROPTEST_RNG_SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;
#[path = "fuzz/hostile.rs"]
mod hostile;
#[path = "fuzz/packages.rs"]
mod packages;

use assize::model::{ErrorKind, Input, parse_input};
use assize::profile::Profiles;
use assize::sandbox::{
    FromZygote, IdMap, Kill, LAUNCHER, LimitMode, Lockdown, Root, RootPlan, RunSpec, SlotSpec, Start, ToZygote, Without, receive, send,
};
use harness::binary;
use harness::suite::Suite;
use include_dir::{Dir, include_dir};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, socketpair};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::fs;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

fn main() -> ExitCode {
    hostile::divert();
    // One at a time: they count this process's descriptors.
    let mut suite = Suite::of_attacks();
    suite.add("requests::read", [], requests);
    suite.add("requests::judged", ["bash"], judged);
    suite.add("profiles::loaded", [], profiles);
    suite.add("packages::opened", [], packages::opened);
    suite.add("packages::archives", [], packages::archives);
    suite.add("wire::received", [], received);
    suite.add("wire::a slot and a hostile supervisor", [], hostile_supervisor);
    suite.add("wire::the pool and a hostile slot", [], || hostile::pool_holds(if long() { 20 } else { 2 }));
    suite.run()
}

fn long() -> bool {
    std::env::var_os("ASSIZE_LONG").is_some_and(|v| v == "1")
}

fn check<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) -> Result<(), String> {
    let config = Config { cases: cases * if long() { 50 } else { 1 }, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).map_err(|e| e.to_string())
}

/// A change to a text: where, and how.
#[derive(Debug, Clone)]
enum Edit {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
}

fn edits(words: &'static [&'static str]) -> impl Strategy<Value = Vec<Edit>> {
    let index = any::<prop::sample::Index>;
    let edit = prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (index(), 1_usize..60).prop_map(|(at, len)| Edit::Remove(at, len)),
        (index(), 1_usize..60).prop_map(|(at, len)| Edit::Repeat(at, len)),
        (index(), prop::sample::select(words)).prop_map(|(at, word)| Edit::Insert(at, word.into())),
    ];
    prop::collection::vec(edit, 1..6)
}

fn apply(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut text = text.to_vec();
    for edit in edits {
        let place = |at: &prop::sample::Index| at.index(text.len() + 1);
        match edit {
            Edit::Set(at, byte) => {
                let at = place(at);
                if let Some(old) = text.get_mut(at) {
                    *old = *byte;
                }
            }
            Edit::Remove(at, len) => {
                let at = place(at);
                text.drain(at..(at + len).min(text.len()));
            }
            Edit::Repeat(at, len) => {
                let at = place(at);
                let piece = text[at..(at + len).min(text.len())].to_vec();
                text.splice(at..at, piece);
            }
            Edit::Insert(at, word) => {
                let at = place(at);
                text.splice(at..at, word.iter().copied());
            }
        }
    }
    text
}

/// What numbers, texts and nesting go wrong with.
const JSON_WORDS: &[&str] = &[
    "18446744073709551616",
    "-1",
    "1e999",
    "NaN",
    "-0",
    "0.1",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"../x\"",
    "\"a/../b\"",
    "\"-x\"",
    "null",
    "[[[[[[[[",
    "{\"a\":",
    "\u{feff}",
    "true",
    "\"id\":1,",
    "\"tests\":[],",
    ",",
    "}",
    "]",
    "\"",
    "\\",
    "\n",
    "\0",
];

fn full_request() -> Value {
    json!({
        "schema": 1, "id": "x", "labels": {"a": [1]}, "language": "bash", "source": "true", "files": {"lib/a.sh": {"base64": "eA=="}},
        "compile": {"args": ["-DX"], "limits": {"cpu_time_ms": 10}}, "args": ["a"], "limits": {"cpu_time_ms": 100.5, "processes": 4},
        "tests": [{"id": "1", "stdin": "1", "answer": {"text": "2"}, "group": "a/b", "points": 1.5, "files": {"f": "x"}, "args": ["y"]}],
        "groups": [{"id": "a", "aggregate": "min"}, {"id": "a/b", "requires": []}],
        "checker": {"kind": "float", "absolute": 0.1}, "stop_on": "never", "capture": {"stdout_bytes": 10}, "output": {"file": "o.txt"},
    })
}

/// Reading a request is total, and what is no JSON is told from what is no request.
fn requests() -> Result<(), String> {
    let good = full_request().to_string().into_bytes();
    assert!(parse_input(&good).is_ok(), "the control: {:?}", parse_input(&good).err());
    check(4000, &edits(JSON_WORDS), |edits| {
        let bytes = apply(&good, &edits);
        // Neither reads all that RFC 8259 says of text that is skipped: what only one of them takes for JSON is nobody's fault.
        let surely = serde_json::from_slice::<Value>(&bytes).is_ok();
        let hardly = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok();
        match parse_input(&bytes) {
            Ok(Input::Request(_) | Input::Cancel(_)) => prop_assert!(hardly),
            Err((_, report)) => {
                let said = report.kind == ErrorKind::InvalidJson;
                prop_assert!(if said { !surely } else { hardly }, "{:?}: {:?}", report, String::from_utf8_lossy(&bytes));
                prop_assert!(!report.message.is_empty());
            }
        }
        Ok(())
    })
}

/// The whole program, fed garbled lines: each line of its output is sound, and the good request behind them is answered.
fn judged() -> Result<(), String> {
    let good = full_request().to_string().into_bytes();
    // One line at first, so that nothing later is taken for an array that swallows the rest.
    let last = json!({"id": "last", "language": "bash", "source": "true", "tests": [{}]});
    check(12, &prop::collection::vec(edits(JSON_WORDS), 1..30), |lines| {
        let mut input = b"{\"id\": \"first\", \"language\": \"none\"}\n".to_vec();
        for edits in &lines {
            let line = apply(&good, edits);
            input.extend(line.into_iter().filter(|b| *b != b'\n'));
            input.push(b'\n');
        }
        input.extend(format!("{last}\n").bytes());
        let ended = binary::run(&["judge", "-q", "--no-paths", "-j2"], &binary::data(), &input);
        let lines = ended.lines();
        prop_assert!(!lines.iter().any(|l| l["verdict"] == "IE" || l["error"]["kind"] == "internal"), "{}", ended.stdout);
        prop_assert!(matches!(ended.status.code(), Some(0 | 1)), "{}: {}", ended.status, ended.stderr);
        prop_assert!(lines.iter().any(|l| l["id"] == "last" && l["verdict"] == "OK"), "{}", ended.stdout);
        Ok(())
    })
}

const TOML_WORDS: &[&str] = &[
    "[[rule]]\n",
    "[run]\n",
    "include = [\"base\"]\n",
    "include = [\"native\", \"native\"]\n",
    "allow = [\"read\"]\n",
    "kill = [\"read\"]\n",
    "mask = 0xffffffff\n",
    "eq = -1\n",
    "arg = 6\n",
    "arg = 255\n",
    "in = []\n",
    "\"",
    "'",
    "]",
    "[",
    "{tool}",
    "{",
    "}",
    "..",
    "/",
    "id = \"native\"\n",
    "(",
    "(((((((((a*)*)*)*)*)*)*)*)*",
    "\\",
    "99999999999999999999",
    "nan",
    "true",
    "\u{0}",
    "#",
    "\n",
];

/// A garbled profile is an error with a message, or a profile; a policy that loads can be made a filter, or says why not.
fn profiles() -> Result<(), String> {
    let files: Vec<(String, Vec<u8>)> =
        PROFILES.dirs().flat_map(Dir::files).map(|f| (f.path().display().to_string(), f.contents().to_vec())).collect();
    assert!(files.len() > 20, "{} files", files.len());
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    check(400, &(prop::sample::select(files), edits(TOML_WORDS)), |((name, text), edits)| {
        let path = folder.path().join(&name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
        fs::write(&path, apply(&text, &edits)).expect("write");
        let mode = if edits.len() % 2 == 0 { LimitMode::Rlimit } else { LimitMode::Cgroup2 };
        let loaded = Profiles::load(&[folder.path().to_owned()], mode);
        fs::remove_file(&path).expect("remove");
        match loaded {
            Err(e) => prop_assert!(!e.to_string().is_empty()),
            Ok(profiles) => {
                for policy in profiles.policies() {
                    if let Err(e) = policy.filters() {
                        prop_assert!(e.to_string().contains(policy.id()), "{}", e);
                    }
                    let _ = policy.lockdown();
                }
            }
        }
        Ok(())
    })
}

fn pair() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("sockets")
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("proc").count()
}

/// Arbitrary datagrams, with descriptors: a message or an error, and nothing is kept open.
fn received() -> Result<(), String> {
    let null = File::open("/dev/null").map_err(|e| e.to_string())?;
    let before = descriptors();
    check(2000, &(prop::collection::vec(any::<u8>(), 1..200), 0_usize..12), |(bytes, count)| {
        let (ours, theirs) = pair();
        let fds = vec![null.as_raw_fd(); count];
        let rights = [nix::sys::socket::ControlMessage::ScmRights(&fds)];
        let control: &[_] = if count == 0 { &[] } else { &rights };
        let slices = [std::io::IoSlice::new(&bytes)];
        for _ in 0..2 {
            nix::sys::socket::sendmsg::<()>(theirs.as_raw_fd(), &slices, control, MsgFlags::empty(), None).expect("send");
        }
        drop(theirs);
        let mut buffer = Vec::new();
        if let Ok(Some((_, fds))) = receive::<FromZygote>(ours.as_fd(), &mut buffer, MsgFlags::empty()) {
            prop_assert_eq!(fds.len(), count);
        }
        if let Ok(Some((_, fds))) = receive::<ToZygote>(ours.as_fd(), &mut buffer, MsgFlags::empty()) {
            prop_assert_eq!(fds.len(), count);
        }
        drop(ours);
        prop_assert!(descriptors() <= before, "{} descriptors, and {} before", descriptors(), before);
        Ok(())
    })
}

/// An order to a slot, right in form.
fn order() -> impl Strategy<Value = (Vec<u8>, usize)> {
    let name = prop::sample::select(&["a", "../a", "/a", "a/../../b", "", ".", "a/b/c", "proc/x"][..]);
    let bytes = prop::sample::select(&[0, 1, 4096, 1 << 20, u64::MAX][..]);
    let message = prop_oneof![
        bytes.clone().prop_map(|bytes| ToZygote::OpenApp { bytes }),
        bytes.prop_map(|bytes| ToZygote::OpenBox { bytes }),
        (name, any::<bool>()).prop_map(|(name, executable)| ToZygote::Put { name: name.into(), executable }),
        Just(()).prop_map(|()| ToZygote::SealApp),
        any::<u64>().prop_map(|seq| ToZygote::Kill { seq, reason: Kill::Cancelled }),
        Just(()).prop_map(|()| start()),
        Just(()).prop_map(|()| ToZygote::Root(Box::new(RootPlan {
            root: Root::default(),
            ids: IdMap::Self_,
            without: Without::default()
        }))),
        (any::<u64>(), prop::sample::select(&["/proc/self/exe", "", "/nothing"][..]))
            .prop_map(|(n, program)| ToZygote::Run(Box::new(run(n, program)))),
    ];
    let form = message.prop_map(|m| postcard::to_stdvec(&m).expect("bytes"));
    let garbage = prop::collection::vec(any::<u8>(), 1..100);
    (prop_oneof![8 => form, 1 => garbage], prop::sample::select(&[0_usize, 1, 3, 4][..]))
}

fn start() -> ToZygote {
    let slot =
        SlotSpec { root: Root::default(), policy: "x".into(), filters: Vec::new(), ipc_objects: true, lockdown: Lockdown::default() };
    ToZygote::Start(Box::new(Start { slot, ids: IdMap::Self_, mode: LimitMode::Rlimit, cpu_quota_us: None, without: Without::default() }))
}

fn run(n: u64, program: &str) -> RunSpec {
    RunSpec {
        seq: n,
        cpu: usize::try_from(n).ok(),
        argv: if program.is_empty() { Vec::new() } else { vec![program.into(), "a".repeat(1000)] },
        env: vec!["=".into()],
        cpu_us: n % 100_000,
        wall_us: n % 100_000,
        memory_bytes: n,
        read_bytes: Some(n),
        disk_bytes: n % (1 << 22),
        stack_bytes: n,
        processes: 1,
        open_files: 8,
        links: vec!["../x".into()],
        directories: vec!["../y".into(), "/z".into()],
        keep_box: n.is_multiple_of(2),
        last: false,
    }
}

/// A real slot told anything, in any order: it ends when the supervisor does, at the latest, and has made no sound of a panic.
fn hostile_supervisor() -> Result<(), String> {
    let null = File::options().read(true).write(true).open("/dev/null").map_err(|e| e.to_string())?;
    check(40, &(any::<bool>(), prop::collection::vec(order(), 0..12)), |(starts, orders)| {
        let (ours, theirs) = pair();
        let mut command = Command::new(binary::path());
        command.arg0(LAUNCHER).env_clear().stdin(Stdio::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("a launcher");
        drop(command);
        if starts {
            send(ours.as_fd(), &start(), &[]).expect("send");
        }
        for (bytes, count) in &orders {
            let fds = vec![null.as_raw_fd(); *count];
            let rights = [nix::sys::socket::ControlMessage::ScmRights(&fds)];
            let control: &[_] = if fds.is_empty() { &[] } else { &rights };
            // It may have ended already, or not read for long.
            let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
            let _ = nix::sys::socket::sendmsg::<()>(ours.as_raw_fd(), &[std::io::IoSlice::new(bytes)], control, flags, None);
        }
        // Whatever it answers can be read.
        let mut buffer = Vec::new();
        std::thread::sleep(Duration::from_millis(30));
        while let Ok(Some(_)) = receive::<FromZygote>(ours.as_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {}
        drop(ours);
        let ended = binary::finish_within(child, Duration::from_mins(1));
        prop_assert!(ended.status.code().is_some() && !ended.stderr.contains("panicked"), "{:?}", ended);
        Ok(())
    })
}
