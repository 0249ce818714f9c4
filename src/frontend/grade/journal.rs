//! The results file: one JSON line a result, on the disk before the next is begun.
//!
//! A line is written by one call and synced, so that at any moment all but the last are whole. A last line without its end is
//! one that was being written when we were killed: it is dropped. The last line of a student counts.
use crate::model::Millis;
use crate::report::Record;
use anyhow::{Context as _, bail};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// The open file, locked: two that grade into it at once would judge everything twice.
#[derive(Debug)]
pub(super) struct Journal {
    file: Flock<File>,
}

/// What is in it already.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The last result of each, by key.
    pub records: HashMap<String, Record>,
    /// The last time limit that was found.
    pub calibrated: Option<Calibrated>,
}

/// A time limit that was found for a package without one. Kept, as the next search might find another, and then everyone
/// would be judged again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calibrated {
    pub calibrated_time_limit_ms: Millis,
    /// The package's fingerprint.
    pub package: String,
}

impl Journal {
    /// Opens or makes it. One with results in it is refused unless they are to be kept.
    pub fn open(path: &Path, resume: bool) -> anyhow::Result<(Self, Kept)> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.with_context(|| format!("failed to open the results file {}", path.display()))?;
        let Ok(mut file) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
            bail!("{} is in use by another `assize grade`; wait for it, or give another --results", path.display());
        };
        // Its name is as durable as its content.
        if let Some(folder) = path.canonicalize().ok().and_then(|p| p.parent().map(Path::to_owned)) {
            File::open(folder).and_then(|f| f.sync_all()).with_context(|| format!("failed to sync the folder of {}", path.display()))?;
        }
        let (kept, torn) = read(&mut file).with_context(|| format!("failed to read {}", path.display()))?;
        if !resume && !kept.records.is_empty() {
            bail!(
                "{} has results already: go on with --resume, which judges only what is missing or has changed, or give another --results",
                path.display()
            );
        }
        if let Some(length) = torn {
            tracing::warn!("{}: the last line was cut short when it was written; it is dropped", path.display());
            file.set_len(length).and_then(|()| file.sync_data()).with_context(|| format!("failed to cut {}", path.display()))?;
        }
        Ok((Self { file }, kept))
    }

    /// Keeps a result or a limit. Once this returns it is on the disk. Blocks.
    pub fn append(&mut self, record: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

/// All whole lines; and the length of the file without a torn one.
fn read(file: &mut File) -> io::Result<(Kept, Option<u64>)> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let mut kept = Kept::default();
    for (i, line) in bytes[..whole].split(|b| *b == b'\n').enumerate().filter(|(_, l)| !l.is_empty()) {
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => drop(kept.records.insert(record.key.clone(), record)),
            Err(e) => match serde_json::from_slice::<Calibrated>(line) {
                Ok(calibrated) => kept.calibrated = Some(calibrated),
                Err(_) => tracing::warn!("results file, line {}: not a result, and left out: {e}", i + 1),
            },
        }
    }
    Ok((kept, (whole < bytes.len()).then_some(whole as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;
    use std::fs;

    fn record(key: &str, hash: &str) -> Record {
        Record {
            key: key.into(),
            name: key.into(),
            hash: hash.into(),
            language: None,
            files: Vec::new(),
            outcome: Outcome::Problem("x".into()),
        }
    }

    fn hashes(kept: &Kept) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = kept.records.values().map(|r| (r.key.as_str(), r.hash.as_str())).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn results_are_there_again_the_last_of_each_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.jsonl");
        let (mut journal, kept) = Journal::open(&path, false).unwrap();
        assert!(kept.records.is_empty());
        for (key, hash) in [("a", "1"), ("b", "1"), ("a", "2")] {
            journal.append(&record(key, hash)).unwrap();
        }
        assert!(Journal::open(&path, true).unwrap_err().to_string().contains("in use"));
        drop(journal);
        assert!(Journal::open(&path, false).unwrap_err().to_string().contains("--resume"));
        assert_eq!(hashes(&Journal::open(&path, true).unwrap().1), [("a", "2"), ("b", "1")]);
    }

    #[test]
    fn a_file_cut_anywhere_loses_the_last_result_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.jsonl");
        let (mut journal, _) = Journal::open(&path, true).unwrap();
        journal.append(&record("a", "1")).unwrap();
        let first = fs::metadata(&path).unwrap().len();
        journal.append(&record("b", "1")).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for cut in usize::try_from(first).unwrap()..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, kept) = Journal::open(&path, true).unwrap();
            assert_eq!(hashes(&kept), [("a", "1")], "cut at {cut}");
            journal.append(&record("c", "1")).unwrap();
            drop(journal);
            assert_eq!(hashes(&Journal::open(&path, true).unwrap().1), [("a", "1"), ("c", "1")], "cut at {cut}");
        }
        // What a disk may leave behind after a crash.
        fs::write(&path, [&whole[..], &[0; 100]].concat()).unwrap();
        assert_eq!(Journal::open(&path, true).unwrap().1.records.len(), 2);
        assert_eq!(fs::read(&path).unwrap(), whole);
        fs::write(&path, [b"{broken}\n", &whole[..]].concat()).unwrap();
        assert_eq!(Journal::open(&path, true).unwrap().1.records.len(), 2);
        let limit = Calibrated { calibrated_time_limit_ms: Millis::new(1000.0).unwrap(), package: "abc".into() };
        Journal::open(&path, true).unwrap().0.append(&limit).unwrap();
        let kept = Journal::open(&path, true).unwrap().1;
        assert_eq!((kept.records.len(), kept.calibrated), (2, Some(limit)));
    }
}
