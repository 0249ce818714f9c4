//! SIGKILL at random moments, a thousand times over a running batch: of the supervisor, of a slot's processes, of runs.
//! Nothing is left after the next start, no answer is lost while the supervisor lives, and none comes twice.
//!
//! `ASSIZE_CRASHES` is the number of kills; `ASSIZE_SEED` repeats the moments of an earlier time (its seed is printed).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::traces::traces;
use harness::{binary, processes};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const KILLS: usize = 1000;
/// A quarter of it is enough on a quiet host.
const PATIENCE: Duration = Duration::from_mins(15);

/// Moments and victims: splitmix64, so that a seed names them all.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Supervisor,
    /// A launcher or its zygote.
    Slot,
    /// Something that a zygote runs: a program, a compiler; and now and then newuidmap(1).
    Run,
}

/// Folders that only the binary under test writes to.
struct Folders(tempfile::TempDir);

impl Folders {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["tmp", "cache"] {
            fs::create_dir(dir.path().join(name)).expect("mkdir");
        }
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// One supervisor, with what it was asked and what it has answered.
struct Judge {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    asked: usize,
    /// Whether a run of it may have been killed: until its execve one looks like its zygote.
    hit: bool,
    answers: BTreeMap<String, Value>,
}

impl Judge {
    fn start(folders: &Folders) -> Self {
        let env = [("TMPDIR", folders.path("tmp")), ("XDG_CACHE_HOME", folders.path("cache"))];
        let env: Vec<(&str, &Path)> = env.iter().map(|(k, v)| (*k, v.as_path())).collect();
        let mut child = binary::start_with(&["judge", "-j2"], &binary::data(), &env);
        let stdin = child.stdin.take();
        // What it logs is not looked at, and must not fill its pipe.
        let mut stderr = child.stderr.take().expect("piped");
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) && send.send(std::mem::take(&mut line)).is_ok() {}
        });
        Self { child, stdin, lines, asked: 0, hit: false, answers: BTreeMap::new() }
    }

    /// Asks for as much as keeps both workers busy, and a compilation now and then.
    fn feed(&mut self, dice: &mut Dice, compiler: bool) {
        while self.asked < self.answers.len() + 6 {
            let id = self.asked.to_string();
            let tests = json!([{"answer": "hi\n"}, {"answer": "hi\n"}]);
            let (language, source) = match dice.below(6) {
                0 if compiler => ("c17", format!("#include <stdio.h>\nint main(void) {{ puts(\"hi\"); }} // {}", dice.below(u64::MAX))),
                1 | 2 => ("bash", "sleep 0.02; echo hi".to_owned()),
                3 => ("bash", "(setsid sleep 30 &); mkdir d; echo hi > d/f; cat d/f".to_owned()),
                _ => ("bash", "echo hi".to_owned()),
            };
            let request = json!({"id": id, "language": language, "source": source, "tests": tests});
            writeln!(self.stdin.as_ref().expect("open"), "{request}").expect("write");
            self.asked += 1;
        }
    }

    /// Takes in the answers there are.
    fn listen(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            self.take(&line);
        }
    }

    fn take(&mut self, line: &[u8]) {
        let line = binary::checked_line(std::str::from_utf8(line).expect("UTF-8").trim_end());
        let id = line["id"].as_str().expect("an id").to_owned();
        let verdict = line["verdict"].as_str().unwrap_or_else(|| panic!("not a verdict: {line:#}"));
        // What was killed was the program's or the compiler's, and nobody can tell by whom.
        let killed = self.hit && ["RE", "CE"].contains(&verdict);
        assert!(["AC", "IE"].contains(&verdict) || killed, "{line}");
        assert!(self.answers.insert(id, line.clone()).is_none(), "answered twice: {line:#}");
    }

    /// Ends it as nobody can who is asked. What it had begun to write may be cut off, but only in its last line.
    fn kill(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
        let rest: Vec<Vec<u8>> = self.lines.iter().collect();
        for (i, line) in rest.iter().enumerate() {
            if line.ends_with(b"\n") {
                self.take(line);
            } else {
                assert_eq!(i + 1, rest.len(), "a line is cut off in the middle");
            }
        }
    }

    /// Lets it finish: everything that was asked is answered.
    fn finish(mut self) -> BTreeMap<String, Value> {
        drop(self.stdin.take());
        while let Ok(line) = self.lines.recv_timeout(Duration::from_mins(1)) {
            self.take(&line);
        }
        let status = binary::wait(&mut self.child, Duration::from_mins(1)).expect("did not end within a minute");
        assert!(matches!(status.code(), Some(0 | 3)), "{status}");
        assert_eq!(self.answers.len(), self.asked, "answers are lost");
        self.answers
    }
}

/// The descendants of `supervisor` that are `victim`s now.
fn victims(supervisor: &Child, victim: Victim) -> Vec<i32> {
    let family = processes::family_of(supervisor);
    let ours = |command: &str| command.starts_with("assize-zygote");
    let found =
        family.into_iter().filter(|(_, command)| ours(command) == (victim == Victim::Slot) && !command.starts_with("assize-opener"));
    found.map(|(pid, _)| pid).collect()
}

/// Everything but the compile cache's whole entries is gone once another has been started.
fn assert_clean(folders: &Folders, before: &[String]) {
    let mut next = Judge::start(folders);
    next.feed(&mut Dice(0), binary::missing("c17").is_none());
    let answers = next.finish();
    assert!(answers.values().all(|a| a["verdict"] == "AC"), "{answers:#?}");
    processes::assert_none_left();
    let new: Vec<String> = traces().into_iter().filter(|t| !before.contains(t)).collect();
    assert!(new.is_empty(), "left behind:\n  {}", new.join("\n  "));
    let list = |dir: &str| fs::read_dir(folders.path(dir)).into_iter().flatten().flatten().map(|e| e.path());
    let drafts = list("cache/assize/versions").filter(|p| p.extension().is_some());
    let left: Vec<_> = list("tmp").chain(list("cache/assize/artifacts/tmp")).chain(drafts).collect();
    assert!(left.is_empty(), "files are left: {left:?}");
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|t| !t.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// These tests look at all processes: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn killed_a_thousand_times() {
    let kills = number("ASSIZE_CRASHES").map_or(KILLS, |n| usize::try_from(n).expect("a count"));
    let seed = number("ASSIZE_SEED").unwrap_or_else(|| u64::from(std::process::id()) ^ 0xa551_2e00);
    println!("ASSIZE_SEED={seed}");
    let mut dice = Dice(seed);
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    processes::adopt_orphans();
    let (folders, before, began) = (Folders::new(), traces(), Instant::now());
    let compiler = binary::missing("c17").is_none();
    let mut done: BTreeMap<Victim, usize> = BTreeMap::new();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |answers: &BTreeMap<String, Value>| {
        for answer in answers.values() {
            *verdicts.entry(answer["verdict"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    };
    let mut judge = Judge::start(&folders);
    while done.values().sum::<usize>() < kills {
        assert!(began.elapsed() < PATIENCE, "only {done:?} of {kills} kills in {PATIENCE:?}");
        judge.feed(&mut dice, compiler);
        let victim = match dice.below(10) {
            0..3 => Victim::Supervisor,
            3..7 => Victim::Slot,
            _ => Victim::Run,
        };
        std::thread::sleep(Duration::from_micros(dice.below(if victim == Victim::Supervisor { 150_000 } else { 20_000 })));
        judge.listen();
        if victim == Victim::Supervisor {
            judge.kill();
            count(&judge.answers);
            processes::assert_none_left();
        } else {
            // None is there while a supervisor starts.
            let there = (0..500).find_map(|_| {
                let there = victims(&judge.child, victim);
                if there.is_empty() {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Some(there).filter(|t| !t.is_empty())
            });
            let Some(there) = there else { continue };
            judge.hit = true;
            let pid = there[usize::try_from(dice.below(there.len() as u64)).expect("an index")];
            // It may have ended meanwhile, which is no kill.
            if kill(Pid::from_raw(pid), Signal::SIGKILL).is_err() {
                continue;
            }
        }
        *done.entry(victim).or_default() += 1;
        // Now and then one is let to finish, so that what it owes is known.
        if victim == Victim::Supervisor || dice.below(20) == 0 {
            let last = std::mem::replace(&mut judge, Judge::start(&folders));
            if victim != Victim::Supervisor {
                count(&last.finish());
            }
        }
    }
    count(&judge.finish());
    println!("{done:?} killed in {:?}; answers: {verdicts:?}", began.elapsed());
    assert_clean(&folders, &before);
    assert!(verdicts.get("AC").is_some_and(|good| 2 * good > verdicts.values().sum()), "{verdicts:?}");
}

/// A toolchain is prepared on the host itself, by a script that may run for a minute: it ends with the supervisor too.
#[test]
fn killed_while_a_toolchain_is_prepared() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    processes::adopt_orphans();
    let folders = Folders::new();
    // In place of Go's, which is the built-in one that is prepared.
    let profile = "id = \"go\"\nname = \"Slow\"\nsource = \"main.sh\"\nextensions = [\"slow\"]\n[toolchain]\ncommands = [\"bash\"]\n\
                   version = []\npackage = \"bash\"\nprepare = '(sleep 301; :) & sleep 300'\n[run]\nargv = [\"{tool}\", \"{entry}\"]\n\
                   binds = [\"/usr\"]\npolicy = \"native\"\n";
    let profiles = folders.path("languages");
    fs::create_dir(&profiles).expect("mkdir");
    fs::write(profiles.join("go.toml"), profile).expect("write");
    let cache = folders.path("cache");
    let drafts = || fs::read_dir(cache.join("assize/prepared")).into_iter().flatten().flatten().map(|e| e.file_name()).collect::<Vec<_>>();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut child = binary::start_with(&["judge", "--profiles", "."], folders.0.path(), &[("XDG_CACHE_HOME", &cache)]);
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{}", json!({"language": "go", "source": "echo hi", "tests": [{}]})).expect("write");
        let asleep = || processes::family_of(&child).iter().filter(|(_, command)| command.starts_with("sleep 30")).count() == 2;
        assert!(
            (0..2000).any(|_| asleep() || {
                std::thread::sleep(Duration::from_millis(5));
                false
            }),
            "the script was not seen to run"
        );
        child.kill().expect("kill");
        child.wait().expect("wait");
        processes::assert_none_left();
        seen.push(drafts());
    }
    // Each has left its own, and the second has swept the first's.
    assert!(seen[0].len() == 1 && seen[1].len() == 1 && seen[0] != seen[1], "{seen:?}");
}

/// By whatever: the next compilation and the next run get others, and nobody's verdict tells of it.
#[test]
fn a_slot_that_died_while_it_was_idle_is_not_used_again() {
    if binary::missing("c17").is_some() {
        println!("there is no compiler");
        return;
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    processes::adopt_orphans();
    let folders = Folders::new();
    let mut judge = Judge::start(&folders);
    for round in 0..4 {
        let source = format!("#include <stdio.h>\nint main(void) {{ puts(\"hi\"); }} // {round}");
        let request = json!({"id": round.to_string(), "language": "c17", "source": source, "tests": [{"answer": "hi\n"}]});
        writeln!(judge.stdin.as_ref().expect("open"), "{request}").expect("write");
        judge.asked += 1;
        let line = judge.lines.recv_timeout(Duration::from_secs(150)).expect("an answer");
        judge.take(&line);
        let zygotes = processes::zygotes_of(&judge.child);
        assert!(zygotes.len() >= 2, "{zygotes:?}");
        for zygote in &zygotes {
            kill(Pid::from_raw(*zygote), Signal::SIGKILL).expect("kill");
        }
        let gone = || processes::zygotes_of(&judge.child).iter().all(|zygote| !zygotes.contains(zygote));
        assert!((0..1000).any(|_| gone() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }));
    }
    let answers = judge.finish();
    assert!(answers.values().all(|answer| answer["verdict"] == "AC"), "{answers:#?}");
    processes::assert_none_left();
}
