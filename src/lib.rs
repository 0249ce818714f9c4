//! assize: a rootless sandbox and judge for untrusted code.
//!
//! # How data flows
//!
//! ```text
//! bytes ─→ Request ─→ SlotSpec, RunSpec ─[wire]→ Plan ─[clone3]→ Outcome ─→ Verdict ─→ Response ─→ bytes
//! frontend  model      profile, judge    sandbox: zygote, child            judge::decide  model     frontend
//! ```
//! Each arrow changes the type, and nothing goes back. What can be wrong with *input* fails before a spec is sent.
//!
//! # Who runs what
//!
//! One supervisor (tokio; knows requests and verdicts) has a pool of slots. A slot is a launcher (this program executed afresh;
//! `assize run` forks itself instead, while it has one thread) and its zygote, single-threaded, PID 1 of a PID namespace, which keeps what is dear (user and network namespace, root file
//! system, system-call policy) and gives each run what must be fresh (mount, UTS and cgroup namespace, an IPC namespace if its policy lets it make anything in one, /box and /tmp,
//! Landlock domain). Between runs it kills and reaps everything in its namespace.
//!
//! When the supervisor ends, however it ends, the zygote reads the end of its socket and exits, and the kernel ends the rest.
//!
//! # Rooms
//!
//! `frontend → judge → pool → sandbox`, `judge → profile → sandbox` (for its specs), `frontend → package → profile, archive`, and all of them
//! use `model`. A test holds
//! the direction (`tests` below).
//!
//! * [`cli`]: the command line's definitions, no logic.
//! * [`frontend`]: one file per command; reads, calls the judge, writes.
//! * [`judge`]: one request into one response.
//! * [`package`]: problem packages, read; requests made of them.
//! * [`pool`]: slots, leased one run at a time.
//! * [`profile`]: languages and policies as data, and the host's toolchains.
//! * [`sandbox`]: the kernel's side; the only room with `unsafe`; knows no verdicts.
//! * [`report`]: a class's responses as a table, CSV and HTML.
//! * [`submission`]: what people hand in, found and read.
//! * [`archive`]: strangers' archives, unpacked without harm.
//! * [`model`]: the contract's types; no I/O.
//!
//! Invariants: a contestant's fault is a verdict, ours is `IE` or an error; unknown states are never `AC`; nothing a run can write
//! is trusted; nothing is silently weaker than it was asked to be.
#![deny(unsafe_code)]
pub mod archive;
pub mod cli;
pub mod frontend;
pub mod judge;
pub mod model;
pub mod package;
pub mod pool;
pub mod profile;
pub mod report;
pub mod sandbox;
pub mod submission;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// What each room may use.
    const USES: [(&str, &[&str]); 10] = [
        ("model", &[]),
        ("archive", &[]),
        ("report", &["model"]),
        ("sandbox", &[]),
        ("profile", &["model", "sandbox"]),
        ("package", &["archive", "model", "profile"]),
        ("submission", &["archive", "model", "profile"]),
        ("pool", &["sandbox"]),
        ("judge", &["model", "pool", "profile", "sandbox"]),
        ("frontend", &["cli", "judge", "model", "package", "pool", "profile", "report", "sandbox", "submission"]),
    ];

    fn files(dir: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
        entries.flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
    }

    #[test]
    fn rooms_use_only_the_rooms_below_them() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (room, uses) in USES {
            let files = files(&source.join(room));
            assert!(!files.is_empty(), "{room}");
            for file in files {
                let text = fs::read_to_string(&file).unwrap();
                for used in text.split("crate::").skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
                {
                    assert!(used == room || uses.contains(&used), "{} uses crate::{used}", file.display());
                }
            }
        }
    }

    #[test]
    fn unsafe_code_is_in_one_room() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (room, _) in USES.iter().filter(|(room, _)| *room != "sandbox") {
            let text = fs::read_to_string(source.join(room).join("mod.rs")).unwrap();
            assert!(text.contains("#![forbid(unsafe_code)]"), "{room}");
        }
    }
}
