//! What everyone is judged by: the package, and what the command line says.
use crate::cli::{GradeArgs, StopOnArg};
use crate::model::{Content, Files, Millis, Request, StopOn, UniqueMap};
use crate::package::{Package, PackageTest, Program};
use crate::profile::{Language, Profiles};
use crate::report::{Excerpt, Record, Report, TestInfo, utc};
use crate::submission::{Handed, Problem, Rules};
use anyhow::anyhow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// How much of inputs, answers and outputs the report can show.
const HEAD_BYTES: u64 = 4096;
/// Raised when the meaning of a kept result changes: then nothing kept before counts.
const VERSION: u32 = 1;

/// The task of a class.
pub(super) struct Task {
    pub package: Package,
    pub rules: Rules,
    time: Millis,
    memory: Option<u64>,
    stop_on: StopOn,
    fingerprint: blake3::Hash,
}

impl Task {
    pub fn new(args: &GradeArgs, package: Package, fingerprint: blake3::Hash, time: Millis, profiles: &Profiles) -> anyhow::Result<Self> {
        let stop_on = match args.stop_on {
            StopOnArg::Never => StopOn::Never,
            StopOnArg::FirstFailure => StopOn::FirstFailure,
            StopOnArg::GroupFailure => StopOn::GroupFailure,
        };
        Ok(Self { rules: rules(args, profiles)?, time, memory: args.memory, stop_on, fingerprint, package })
    }

    /// Of everything that decides a submission's result.
    pub fn hash(&self, handed: &Handed) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.fingerprint.as_bytes());
        hasher.update(handed.hash.as_bytes());
        hasher.update(format!("{VERSION} {} {:?} {:?}", self.time.get(), self.memory, self.stop_on).as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// What the package forbids.
    pub fn check(&self, handed: &Handed) -> Result<(), Problem> {
        if !self.package.allows(&handed.language) {
            return Err(Problem::Program(format!("the problem may not be solved in {}", handed.language.name())));
        }
        let bytes: u64 = handed.files.values().map(|b| b.len() as u64).sum();
        match self.package.limits.code_bytes {
            Some(cap) if bytes > cap => Err(Problem::TooLarge { cap, what: "bytes, which is the problem's limit" }),
            _ => Ok(()),
        }
    }

    pub fn request(&self, key: &str, handed: &Handed) -> Request {
        let files = handed.files.iter().map(|(name, bytes)| (name.clone(), Content::Inline(bytes.clone())));
        let program = Program {
            language: handed.language.id().to_owned(),
            files: UniqueMap(files.collect()),
            entry_point: handed.entry_point.clone(),
            compile_args: Vec::new(),
        };
        let mut request = self.package.request(&program, &handed.language, self.time);
        // A lone file has any name; the language knows what it must be called.
        if let (true, Some((name, bytes))) = (handed.single, handed.files.first_key_value())
            && remove(&mut request.files, name.as_str())
        {
            request.source = Some(Content::Inline(bytes.clone()));
        }
        request.id = Some(key.to_owned());
        request.stop_on = Some(self.stop_on);
        for group in &mut request.groups {
            group.stop_on = None;
        }
        if self.memory.is_some() {
            request.limits.memory_bytes = self.memory;
        }
        request.capture.stdout_bytes = HEAD_BYTES;
        request.capture.stderr_bytes = HEAD_BYTES;
        request.capture.transcript_bytes = HEAD_BYTES;
        request
    }

    /// The report, with heads of the tests' data to be shown in it.
    pub fn report(&self, students: Vec<Record>) -> Report {
        Report {
            schema: 1,
            title: self.package.title.clone(),
            package: self.package.name.clone(),
            made: utc(SystemTime::now()),
            tests: self.package.tests.iter().map(info).collect(),
            students,
        }
    }
}

fn remove(files: &mut Files, name: &str) -> bool {
    files.0.remove(name).is_some()
}

fn rules(args: &GradeArgs, profiles: &Profiles) -> anyhow::Result<Rules> {
    let find = |id: &str| -> anyhow::Result<Arc<Language>> {
        let known = || profiles.languages().map(|l| l.id()).collect::<Vec<_>>().join(", ");
        profiles.language(id).cloned().ok_or_else(|| anyhow!("--language {id}: there is no such language; there are {}", known()))
    };
    let mut rules = Rules { entry_point: args.entry_point.clone(), ..Rules::default() };
    for language in &args.language {
        match language.split_once('=') {
            Some((ending, id)) => drop(rules.endings.insert(ending.trim_start_matches('.').to_owned(), find(id)?)),
            None => rules.language = Some(find(language)?),
        }
    }
    Ok(rules)
}

fn info(test: &PackageTest) -> TestInfo {
    TestInfo {
        id: test.id.clone(),
        group: test.group.clone(),
        visible: test.sample || test.full_feedback,
        description: test.description.clone(),
        hint: test.hint.clone(),
        input: head(&test.input),
        answer: test.answer.as_deref().map(head),
    }
}

/// A head that can't be read any more is an empty one: the report is about results.
fn head(path: &Path) -> Excerpt {
    let read = || {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head)?;
        std::io::Result::Ok(Excerpt { head, bytes })
    };
    read().unwrap_or_default()
}
