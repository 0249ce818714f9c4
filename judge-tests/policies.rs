//! Every system call under every policy: what must become of it is derived from the policy's file (`policies/policy.rs`), and
//! tried in a sandbox by `policies/probe.c`, one run for each call that is allowed or deadly.
//!
//! The control makes the same calls outside: what fails there too with `ENOSYS` this kernel has not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;
#[path = "policies/policy.rs"]
mod policy;

use harness::binary;
use harness::suite::Suite;
use libtest_mimic::Completion;
use policy::{BAD, Fate, Policy, X32};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

/// Beyond the newest call there is.
const LAST: u32 = 600;
/// Numbers that no architecture gives.
const ODD: [u32; 10] = [1023, 4096, 0xffff, 0x00ff_ffff, 0x3fff_ffff, X32, 0x7fff_ffff, 0x8000_0000, 0xc000_0000, u32::MAX];
/// `-ENOSYS`.
const ENOSYS: &str = "-38";
/// Never tried outside: one writes all the host's disks out, the other hangs up terminals where a caller may.
const NOT_OUTSIDE: [&str; 2] = ["sync", "vhangup"];
/// Allowed calls that don't return with bad arguments, and how their process ends instead: (name, exit code, signal).
const NO_RETURN: [(&str, Option<i64>, Option<i64>); 3] = [
    ("exit", Some(255), None),
    ("exit_group", Some(255), None),
    // There is no frame of a signal to return to.
    ("rt_sigreturn", None, Some(11)),
];

/// `uretprobe` and `uprobe`: newer kernels let them pass every filter (a traced program must not notice them). Called from elsewhere
/// than a probe the first ends its caller with SIGILL, and the second does so or fails.
const UNFILTERED: [u32; 2] = [335, 336];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    // Under a policy without execve nothing can be started; it is there to be included.
    let (whole, parts): (Vec<_>, Vec<_>) = policy::ids().into_iter().partition(|id| Policy::read(id, "rlimit").starts_programs());
    for id in parts {
        suite.add(&format!("{id}::includes"), [], move || is_for_includes(&id));
    }
    for id in whole {
        // The whole of the other ways in is tried under the policy that contestants have, samples under the others.
        let step = if id == "native" { 1 } else { 16 };
        let kinds: [(&str, Test); 4] = [("calls", calls), ("arguments", arguments), ("x32", x32), ("i386", i386)];
        for (kind, test) in kinds {
            let id = id.clone();
            suite.add_ignorable(&format!("{id}::{kind}"), ["c17"], move || test(&id, step));
        }
    }
    suite.run()
}

/// A test of one policy; of some of its numbers one in so many is tried.
type Test = fn(&str, u32) -> Result<Completion, String>;

/// One call: how it is made, its number and arguments.
#[derive(Debug, Clone, Copy)]
struct Call(char, u32, [u64; 6]);

impl Call {
    fn line(&self) -> String {
        let args = self.2.iter().fold(String::new(), |mut line, arg| {
            let _ = write!(line, " {arg:x}");
            line
        });
        format!("{} {:x}{args}\n", self.0, self.1)
    }
}

/// What every number does.
fn calls(id: &str, step: u32) -> Result<Completion, String> {
    let names = policy::calls()?;
    let policy = Policy::read(id, binary::limit_mode());
    let (mut refused, mut single, mut keys) = (Vec::new(), Vec::new(), Keys::new());
    for nr in (0..=LAST).chain(ODD) {
        let name = names.get(&nr).map(String::as_str);
        let args = name.map_or([BAD; 6], policy::harmless);
        match policy.fate(name, nr, &args) {
            _ if UNFILTERED.contains(&nr) => single.push(Call('s', nr, args)),
            Fate::Refused => refused.extend(keys.around(nr, args)),
            Fate::Allowed => single.push(Call('s', nr, args)),
            // A slot's gate opens by a key in the sixth argument: no guess may.
            Fate::Killed if step == 1 => single.extend(keys.around(nr, args)),
            Fate::Killed => single.push(keys.around(nr, args)[3]),
        }
    }
    let fate = |call: &Call| policy.fate(names.get(&call.1).map(String::as_str), call.1, &call.2);
    check(id, &names, &refused, &single, &fate)?;
    // The control: what is refused or deadly here does something outside.
    let bites = |call: &&Call| outside().get(&call.1).is_some_and(|answer| answer != ENOSYS);
    let blocked: BTreeSet<u32> =
        single.iter().filter(|c| fate(c) == Fate::Killed).chain(&refused).filter(bites).map(|call| call.1).collect();
    if blocked.len() < 80 {
        return Err(format!("only {} of the calls that are blocked here do anything outside: {blocked:?}", blocked.len()));
    }
    Ok(Completion::Completed)
}

/// What the rules on an argument say.
fn arguments(id: &str, _step: u32) -> Result<Completion, String> {
    let names = policy::calls()?;
    let policy = Policy::read(id, binary::limit_mode());
    let (mut refused, mut allowed) = (Vec::new(), Vec::new());
    for (nr, name) in &names {
        for args in policy.around(name) {
            let list = if policy.fate(Some(name), *nr, &args) == Fate::Allowed { &mut allowed } else { &mut refused };
            list.push(Call('s', *nr, args));
        }
    }
    if refused.is_empty() || allowed.is_empty() {
        return Err(format!("rules that nothing passes, or everything: {} refused, {} allowed", refused.len(), allowed.len()));
    }
    check(id, &names, &refused, &allowed, &|call| policy.fate(names.get(&call.1).map(String::as_str), call.1, &call.2))?;
    Ok(Completion::Completed)
}

/// The same numbers with the bit of x32.
fn x32(id: &str, step: u32) -> Result<Completion, String> {
    let single: Vec<Call> = (0..=LAST).step_by(step as usize).map(|nr| Call('s', nr | X32, [BAD; 6])).collect();
    check(id, &BTreeMap::new(), &[], &single, &|_| Fate::Killed)?;
    Ok(Completion::Completed)
}

/// i386's way in, with its own numbers.
fn i386(id: &str, step: u32) -> Result<Completion, String> {
    // 20 is getpid there.
    let control = try_outside(&[Call('i', 20, [0; 6])]);
    if control[0].parse::<i64>().is_ok_and(|pid| pid <= 0) || control[0] == "lost" {
        return Ok(Completion::ignored_with(format!("its control did not bite: int 0x80 gives {} outside", control[0])));
    }
    let single: Vec<Call> = (0..=LAST).step_by(step as usize).map(|nr| Call('i', nr, [BAD; 6])).collect();
    check(id, &BTreeMap::new(), &[], &single, &|_| Fate::Killed)?;
    Ok(Completion::Completed)
}

/// A policy that no language may name.
fn is_for_includes(id: &str) -> Result<(), String> {
    let folder = Folder::new(id);
    let ended = binary::run(&["languages", "--json", "--profiles", folder.path()], &binary::data(), b"");
    if ended.status.code() == Some(2) && ended.stderr.contains("execve") { Ok(()) } else { Err(format!("{ended:?}")) }
}

/// Guesses at a key.
struct Keys(fs::File);

impl Keys {
    fn new() -> Self {
        Self(fs::File::open("/dev/urandom").expect("random bytes"))
    }

    /// A call with several in its sixth argument.
    fn around(&mut self, nr: u32, args: [u64; 6]) -> Vec<Call> {
        let mut random = [0; 8];
        self.0.read_exact(&mut random).expect("random bytes");
        [BAD, 0, 1, u64::from_ne_bytes(random)].map(|key| Call('s', nr, [args[0], args[1], args[2], args[3], args[4], key])).into()
    }
}

/// Tries calls under a policy: the `refused` in one run, which must survive them all, the others in one each.
fn check(id: &str, names: &BTreeMap<u32, String>, refused: &[Call], single: &[Call], fate: &dyn Fn(&Call) -> Fate) -> Result<(), String> {
    let lines: String = refused.iter().map(Call::line).collect();
    let mut inputs = vec![lines];
    inputs.extend(single.iter().map(Call::line));
    let results = judge(id, &inputs);
    let mut faults = Vec::new();
    let got = results[0]["stdout"].as_str().expect("text").lines().chain(std::iter::repeat("nothing"));
    for (call, got) in refused.iter().zip(got).filter(|(_, got)| *got != ENOSYS) {
        faults.push(format!("{:x?} ({:?}) must be refused and gives {got}", call, names.get(&call.1)));
    }
    for (call, result) in single.iter().zip(&results[1..]) {
        let name = names.get(&call.1).map_or("", String::as_str);
        let killed = result["verdict"] == "SV" && result["signal"] == 31;
        let got = result["stdout"].as_str().expect("text").trim_end();
        let fine = match fate(call) {
            Fate::Killed => killed && got.is_empty(),
            Fate::Refused if UNFILTERED.contains(&call.1) => got.starts_with('-') || got.is_empty() && result["signal"] == 4,
            Fate::Refused => got == ENOSYS,
            Fate::Allowed => match NO_RETURN.iter().find(|(n, ..)| *n == name) {
                Some((_, code, signal)) => result["exit_code"].as_i64() == *code && result["signal"].as_i64() == *signal,
                None if got == ENOSYS => outside().get(&call.1).is_some_and(|answer| answer == ENOSYS),
                // A process that was cloned may have asked for a deadly signal at its end.
                None => result["verdict"] != "SV" && got.parse::<i64>().is_ok(),
            },
        };
        if !fine {
            faults.push(format!("{call:x?} ({name}) must be {:?} and gives {got:?}, {}", fate(call), result["verdict"]));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("{} of {} calls\n  {}", faults.len(), refused.len() + single.len(), faults[..faults.len().min(40)].join("\n  ")))
}

/// A folder with a language for the probe: C, run under a policy.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let language = format!("probe-{policy}");
        let text = policy::language("c17").replacen("id = \"c17\"", &format!("id = \"{language}\""), 1);
        let (before, after) = text.split_once("[run]").expect("a section");
        let run = after.lines().map(|l| if l.starts_with("policy") { format!("policy = \"{policy}\"") } else { l.to_owned() });
        let text = format!("{before}[run]{}\n", run.collect::<Vec<_>>().join("\n"));
        fs::create_dir(folder.path().join("languages")).expect("mkdir");
        fs::write(folder.path().join("languages").join(format!("{language}.toml")), text).expect("write");
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.path().to_str().expect("text")
    }
}

/// Runs the probe under a policy, once for each input; the tests of the responses.
fn judge(policy: &str, inputs: &[String]) -> Vec<Value> {
    let folder = Folder::new(policy);
    let language = format!("probe-{policy}");
    let requests: String = inputs
        .chunks(200)
        .map(|inputs| {
            let tests: Vec<Value> = inputs.iter().map(|input| json!({"stdin": input})).collect();
            // The compiler's time is not what is tested, and some places are slow.
            let compile = json!({"args": ["-w"], "limits": {"cpu_time_ms": 60_000, "wall_time_ms": 120_000}});
            let request = json!({
                "language": language, "source": probe(), "compile": compile, "tests": tests, "checker": {"kind": "none"},
                "limits": {"cpu_time_ms": 5000, "wall_time_ms": 20_000}, "capture": {"stdout_bytes": 1 << 20, "stderr_bytes": 1024},
            });
            format!("{request}\n")
        })
        .collect();
    let ended = binary::run(&["judge", "--ordered", "--profiles", folder.path()], &binary::data(), requests.as_bytes());
    let tests_of = |line: &Value| {
        assert_ne!(line["verdict"], "CE", "the probe does not compile: {:#}", line["compile"]);
        line["tests"].as_array().cloned().unwrap_or_else(|| panic!("{line:#}"))
    };
    let results: Vec<Value> = ended.lines().iter().flat_map(tests_of).collect();
    assert_eq!(results.len(), inputs.len(), "not every run was answered: {}", ended.stderr);
    results
}

fn probe() -> String {
    fs::read_to_string(binary::data().join("policies/probe.c")).expect("the probe")
}

/// What each number gives outside, with the arguments that are tried inside.
fn outside() -> &'static BTreeMap<u32, String> {
    static OUTSIDE: OnceLock<BTreeMap<u32, String>> = OnceLock::new();
    OUTSIDE.get_or_init(|| {
        let names = policy::calls().expect("a header");
        let name = |nr: u32| names.get(&nr).map_or("", String::as_str);
        let numbers: Vec<u32> = (0..=LAST).filter(|nr| !NOT_OUTSIDE.contains(&name(*nr))).collect();
        let calls: Vec<Call> = numbers.iter().map(|nr| Call('s', *nr, policy::harmless(name(*nr)))).collect();
        numbers.into_iter().zip(try_outside(&calls)).collect()
    })
}

/// Makes calls outside, each in a process of its own.
fn try_outside(calls: &[Call]) -> Vec<String> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let program = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a directory");
        let source = binary::data().join("policies/probe.c");
        let compiled = Command::new("gcc").args(["-O2", "-w", "-o"]).arg(folder.path().join("probe")).arg(source).status();
        assert!(compiled.expect("gcc").success(), "the probe can't be compiled");
        folder
    });
    // Nobody else's: tests run side by side.
    let mut input = tempfile::tempfile().expect("a file");
    input.write_all(calls.iter().map(Call::line).collect::<String>().as_bytes()).expect("write");
    input.rewind().expect("seek");
    let mut command = Command::new(program.path().join("probe"));
    command.arg("each").current_dir(Path::new("/")).stdin(input).stdout(Stdio::piped());
    let output = command.stderr(Stdio::inherit()).output().expect("the probe");
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), calls.len(), "the probe ended with {}", output.status);
    answers
}
