//! An attack: one source file below `attacks/<group>/<number>-<name>.<extension>`, told apart from an ordinary program by
//! its head, TOML in comment lines that start with `//:` or `#:`.
//!
//! ```toml
//! intent = "one line"            # what it tries
//! verdict = "AC"                 # the default; or a list, with `why`
//! why = "…"                      # why there is a choice
//! rlimit = "MLE"                 # the verdict where runs are limited that way, if it differs; likewise `cgroup2`
//! landlock = "AC"                # the verdict where the response says that Landlock held it, whatever the mode
//! reason = "wall_time"           # the test's `reason`, if it matters; `also` for more of the response (`expect`)
//! repeat = 50                    # so many equal tests
//! mode = "rlimit"                # only there; default: both
//! limits = { processes = 4 }     # on top of small defaults
//! request = { output = { file = "x" } }   # more of the request; `test` likewise, of its one test
//! control = { … }                # see `control`
//! uml = "…"                      # why it is left out in user-mode-linux
//! ```
//!
//! The program prints `contained`, which is the expected answer, or `ESCAPED` and how. So AC means contained and WA escaped;
//! other verdicts are named. It reads on stdin what there is to be had (`canary`), from a file of the host's.
use super::canary::{Canaries, SECRET};
use super::control::{self, Control};
use super::traces::{files, traces};
use super::{binary, expect, in_uml, processes};
use libtest_mimic::Completion;
use nix::sys::signal::Signal;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    intent: String,
    verdict: Option<Value>,
    why: Option<String>,
    rlimit: Option<Value>,
    cgroup2: Option<Value>,
    landlock: Option<Value>,
    reason: Option<Value>,
    #[serde(default)]
    also: expect::Expected,
    repeat: Option<usize>,
    mode: Option<String>,
    #[serde(default)]
    limits: Map<String, Value>,
    #[serde(default)]
    request: Map<String, Value>,
    #[serde(default)]
    test: Map<String, Value>,
    #[serde(default)]
    control: Control,
    uml: Option<String>,
}

/// An attack, read.
pub struct Attack {
    /// `attack-GROUP::number-name`.
    pub name: String,
    path: PathBuf,
    language: &'static str,
    source: String,
    head: Head,
}

/// Languages by extension, with a program that is as good as it gets.
const LANGUAGES: [(&str, &str, &str); 8] = [
    ("c", "c17", "#include <stdio.h>\nint main(void) { puts(\"contained\"); }\n"),
    ("cpp", "cpp17", "#include <iostream>\nint main() { std::cout << \"contained\\n\"; }\n"),
    ("py", "python3", "print('contained')\n"),
    ("plant.py", "plant", "import os\nopen('main', 'w').write('#!/usr/bin/sh\\necho contained\\n')\nos.chmod('main', 0o755)\n"),
    ("sh", "bash", "echo contained\n"),
    ("java", "java", "class Main { public static void main(String[] a) { System.out.println(\"contained\"); } }\n"),
    ("rs", "rust", "fn main() { println!(\"contained\"); }\n"),
    ("go", "go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"contained\") }\n"),
];

/// What attacks may include: to answer, and to read what they are told.
const HELPERS: [(&str, &str); 3] = [("c", "attack.h"), ("cpp", "attack.h"), ("py", "attack.py")];

impl Attack {
    /// Reads one; `None`: it is no attack.
    pub fn load(group: &str, path: &Path) -> Option<Self> {
        let stem = path.file_stem()?.to_str()?;
        let extension = path.extension()?.to_str()?;
        // What is planted by a compiler (profiles/languages/plant.toml) is in Python, too.
        let (_, language, _) = LANGUAGES.iter().find(|(e, l, _)| if group == "X" { *l == "plant" } else { *e == extension })?;
        let source = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = format!("attack-{group}::{stem}");
        let head: Head = head(&name, &source);
        let choice = [&head.verdict, &head.rlimit, &head.cgroup2, &head.landlock].into_iter().flatten().any(Value::is_array);
        assert!(!choice || head.why.is_some(), "{name}: a choice of verdicts needs its `why`");
        Some(Self { name, path: path.to_owned(), language, source, head })
    }

    /// The language it is written in.
    pub const fn language(&self) -> &'static str {
        self.language
    }

    /// Why it is not for here.
    pub fn not_here(&self, mode: &str) -> Option<String> {
        match &self.head.mode {
            Some(only) if only != mode => return Some(format!("it is about {only} mode, and this is {mode} mode")),
            _ => {}
        }
        self.head.uml.as_ref().filter(|_| in_uml()).map(|why| format!("left out in user-mode-linux: {why}"))
    }

    /// The control, then the attack and a good program after it in the same slot, then a look around.
    pub fn run(&self, mode: &str) -> Result<Completion, String> {
        if let Some(reason) = self.not_here(mode) {
            return Ok(Completion::ignored_with(reason));
        }
        if let Err(reason) = control::bites(&self.head.control, &self.path, self.language) {
            return Ok(Completion::ignored_with(format!("its control did not bite: {reason}")));
        }
        let scene = Scene::new();
        let profiles = binary::data().join("attacks/profiles");
        let profiles = profiles.to_str().expect("text");
        let args: &[&str] = if self.language == "plant" { &["-j1", "--profiles", profiles] } else { &["-j1"] };
        let (line, faults) = scene.judge_with(args, &self.request(&scene.canaries), &self.good());
        let mut faults: Vec<String> = self.faults(&line, mode).into_iter().chain(faults).collect();
        faults.extend(scene.faults());
        if faults.is_empty() {
            return Ok(Completion::Completed);
        }
        Err(format!("{}\n  {}\n{line:#}", self.head.intent, faults.join("\n  ")))
    }

    fn request(&self, canaries: &Canaries) -> Value {
        let mut limits = json!({
            "cpu_time_ms": 1000, "wall_time_ms": 10_000, "memory_bytes": 64 << 20, "processes": 16, "output_bytes": 1 << 20,
            "disk_bytes": 16 << 20,
        });
        let mut test = json!({"stdin": {"path": canaries.facts}, "answer": {"path": canaries.answers}});
        let mut request = json!({"id": self.name, "language": self.language, "source": self.source});
        let helper = self.path.parent().and_then(Path::parent).expect("a folder");
        for (_, name) in
            HELPERS.iter().filter(|(e, name)| self.path.extension().is_some_and(|x| x == *e) && self.source.contains(&name[..6]))
        {
            request["files"] = json!({*name: fs::read_to_string(helper.join(name)).expect("a helper")});
        }
        let add = |to: &mut Value, more: &Map<String, Value>| {
            for (key, value) in more {
                to[key] = value.clone();
            }
        };
        add(&mut limits, &self.head.limits);
        add(&mut test, &self.head.test);
        request["limits"] = limits;
        request["tests"] = vec![test; self.head.repeat.unwrap_or(1)].into();
        add(&mut request, &self.head.request);
        request
    }

    /// Goes into the same slot, and into the same file system.
    fn good(&self) -> Value {
        let (_, language, source) = LANGUAGES.iter().find(|(_, l, _)| *l == self.language).expect("a language");
        // A compiler is slow in user-mode-linux on a busy machine.
        let compile = json!({"limits": {"cpu_time_ms": 60_000, "wall_time_ms": 120_000}});
        json!({"id": "good", "language": language, "source": source, "compile": compile, "tests": [{"answer": "contained\n"}]})
    }

    fn faults(&self, line: &Value, mode: &str) -> Vec<String> {
        let own = if mode == "rlimit" { &self.head.rlimit } else { &self.head.cgroup2 };
        let landlock = self.head.landlock.as_ref().filter(|_| line["sandbox"]["landlock_abi"].is_number());
        let verdict = landlock.or(own.as_ref()).or(self.head.verdict.as_ref()).cloned().unwrap_or_else(|| "AC".into());
        let mut wanted: expect::Expected = [("verdict".to_owned(), verdict), ("sandbox.limits".to_owned(), mode.into())].into();
        wanted.extend(self.head.also.clone());
        if let Some(reason) = &self.head.reason {
            wanted.insert("tests.0.reason".into(), reason.clone());
        }
        let mut faults = expect::differences(line, &wanted);
        let text = line.to_string();
        if text.contains(SECRET) {
            faults.push("the response holds what stands in a canary".into());
        }
        if line["tests"][0]["stdout"].as_str().is_some_and(|s| s.contains("ESCAPED")) {
            faults.push("it says that it has escaped".into());
        }
        faults
    }
}

/// The head of a source file.
pub fn head<T: serde::de::DeserializeOwned>(name: &str, source: &str) -> T {
    let lines = source.lines().take_while(|l| l.starts_with("//:") || l.starts_with("#:"));
    let text: Vec<&str> = lines.map(|l| l.trim_start_matches(['/', '#', ':'])).collect();
    toml::from_str(&text.join("\n")).unwrap_or_else(|e| panic!("{name}: its head: {e}"))
}

/// A host to be attacked, with folders that only the binary under test writes to.
pub struct Scene {
    /// What must stay as it is.
    pub canaries: Canaries,
    tmp: tempfile::TempDir,
    before: Vec<String>,
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    pub fn new() -> Self {
        processes::assert_none_left();
        let (canaries, tmp) = (Canaries::new(), tempfile::tempdir().expect("a directory"));
        Self { canaries, tmp, before: traces() }
    }

    /// Judges an attack, and then a good program. The attack's line, and what is wrong with the rest.
    pub fn judge_with(&self, args: &[&str], attack: &Value, good: &Value) -> (Value, Vec<String>) {
        let (mut lines, faults) = self.judge_in_turn(args, &[attack], good);
        (lines.pop().unwrap_or_default(), faults)
    }

    /// Judges attacks one after the other, waits for the answer to each, then judges a good program, all in the same process.
    /// (One after the other: of two tests of a request either may be the first to get the slot.) The attacks' lines, and what
    /// is wrong with the rest.
    pub fn judge_in_turn(&self, args: &[&str], attacks: &[&Value], good: &Value) -> (Vec<Value>, Vec<String>) {
        let mut child = binary::start_with(&[&["judge"], args].concat(), &binary::data(), &[("TMPDIR", self.tmp.path())]);
        let mut stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, answers) = mpsc::channel();
        let reader = thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                let _ = sender.send(line);
            }
        });
        let mut faults = Vec::new();
        let mut ask = |request: &Value, faults: &mut Vec<String>| {
            if writeln!(stdin, "{request}").is_err() {
                faults.push("the judge does not read its input any more".into());
            }
            let Ok(line) = answers.recv_timeout(PATIENCE) else {
                faults.push(format!("there was no answer to {}", request["id"]));
                return Value::Null;
            };
            binary::checked_line(&line)
        };
        let of_attacks = attacks.iter().map(|attack| ask(attack, &mut faults)).collect();
        let after = ask(good, &mut faults);
        drop(stdin);
        if after["verdict"] != "AC" {
            faults.push(format!("the good program after it is not AC: {after:#}"));
        }
        match binary::wait(&mut child, PATIENCE) {
            None => {
                processes::send(&child, Signal::SIGKILL);
                faults.push("the judge did not end".into());
            }
            Some(status) if status.code() != Some(0) => faults.push(format!("the judge ended with {status}")),
            Some(_) => {}
        }
        let ended = binary::finish(child);
        let _ = reader.join();
        if ended.stderr.contains("suspect") {
            faults.push(format!("a slot had to be thrown away:\n{}", ended.stderr));
        }
        (of_attacks, faults)
    }

    /// What is left, and what has changed.
    pub fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = processes::left().into_iter().map(|p| format!("left behind: {p}")).collect();
        faults.extend(traces().into_iter().filter(|t| !self.before.contains(t)).map(|t| format!("left behind: {t}")));
        faults.extend(files(self.tmp.path()).into_iter().map(|f| format!("left behind: {}", f.display())));
        faults.extend(self.canaries.changed());
        faults
    }
}

/// For one answer: compiling in user-mode-linux takes a while.
const PATIENCE: Duration = Duration::from_secs(150);
