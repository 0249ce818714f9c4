//! A run of named tests with real skips: each skipped one is listed with its reason at the end.
use super::binary;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// Two at a time: more would disturb the time limits that are being tested.
const THREADS: usize = 2;

/// Named tests, and why some of them can't be run here.
pub struct Suite {
    trials: Vec<Trial>,
    skipped: BTreeMap<String, usize>,
    threads: usize,
    /// Whether the end says what became of each group.
    summary: bool,
    /// Tests that count as another group's than their name says.
    elsewhere: BTreeMap<&'static str, &'static str>,
    groups: Arc<Mutex<BTreeMap<String, Group>>>,
}

/// What became of the tests whose names start with the same word.
#[derive(Default)]
struct Group {
    passed: usize,
    failed: usize,
    skipped: Vec<String>,
}

impl Default for Suite {
    fn default() -> Self {
        Self {
            trials: Vec::new(),
            skipped: BTreeMap::new(),
            threads: THREADS,
            summary: false,
            elsewhere: BTreeMap::new(),
            groups: Arc::default(),
        }
    }
}

impl Suite {
    /// For attacks, which are judged with a look at the whole host: one at a time, with a summary by group.
    pub fn of_attacks() -> Self {
        Self { threads: 1, summary: true, ..Self::default() }
    }

    /// For measurements, which would disturb each other.
    pub fn one_at_a_time() -> Self {
        Self { threads: 1, ..Self::default() }
    }

    /// These tests are an attacks' group: the end says what became of it.
    pub fn counting(group: &'static str, tests: &[&'static str]) -> Self {
        Self { elsewhere: tests.iter().map(|test| (*test, group)).collect(), ..Self::default() }
    }

    /// Adds a test that needs the toolchains of `languages`.
    pub fn add<'a>(
        &mut self,
        name: &str,
        languages: impl IntoIterator<Item = &'a str>,
        test: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) {
        self.add_ignorable(name, languages, move || test().map(|()| Completion::Completed));
    }

    /// Adds a test that may find, once it is run, that it can't be.
    pub fn add_ignorable<'a>(
        &mut self,
        name: &str,
        languages: impl IntoIterator<Item = &'a str>,
        test: impl FnOnce() -> Result<Completion, String> + Send + 'static,
    ) {
        let reasons: Vec<_> = languages.into_iter().filter_map(binary::missing).collect();
        let trial = match reasons.first().cloned() {
            None => {
                let (groups, own) = (self.groups.clone(), name.to_owned());
                let group = self.elsewhere.get(name).copied().or_else(|| name.split("::").next()).unwrap_or(name).to_owned();
                Trial::ignorable_test(name, move || {
                    let result = catch_unwind(AssertUnwindSafe(test)).unwrap_or_else(|panic| Err(message(&*panic)));
                    count(&groups, group, &own, &result);
                    result.map_err(Failed::from)
                })
            }
            Some(reason) => {
                for reason in reasons {
                    *self.skipped.entry(reason).or_default() += 1;
                }
                Trial::test(name, move || Err(reason.into())).with_ignored_flag(!binary::require_all())
            }
        };
        self.trials.push(trial);
    }

    /// Runs them, as the command line says. `ASSIZE_PART=i/n`: every n-th, from the i-th on.
    pub fn run(mut self) -> ExitCode {
        if let Ok(part) = std::env::var("ASSIZE_PART") {
            let numbers = part.split_once('/').and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
            let (i, n) = numbers.filter(|(i, n)| (1..=*n).contains(i)).unwrap_or_else(|| panic!("ASSIZE_PART is not i/n: {part}"));
            let all = std::mem::take(&mut self.trials).into_iter().enumerate();
            self.trials = all.filter(|(at, _)| at % n == i - 1).map(|(_, trial)| trial).collect();
        }
        let mut args = Arguments::from_args();
        args.test_threads.get_or_insert(self.threads);
        let conclusion = libtest_mimic::run(&args, self.trials);
        if conclusion.num_ignored > 0 && !self.skipped.is_empty() {
            println!("skipped for want of a toolchain:");
            for (reason, count) in self.skipped {
                println!("  {count} × {reason}");
            }
        }
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, group) in groups.iter().filter(|(name, _)| self.summary || self.elsewhere.values().any(|group| group == name)) {
            for skipped in &group.skipped {
                println!("skipped {skipped}");
            }
            println!("group {name}: {} passed, {} failed, {} skipped", group.passed, group.failed, group.skipped.len());
        }
        conclusion.exit_code()
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

fn count(groups: &Mutex<BTreeMap<String, Group>>, group: String, name: &str, result: &Result<Completion, String>) {
    let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
    let group = groups.entry(group).or_default();
    match result {
        Ok(Completion::Completed) => group.passed += 1,
        Ok(Completion::Ignored { reason }) => group.skipped.push(format!("{name}: {}", reason.as_deref().unwrap_or("no reason"))),
        Err(_) => group.failed += 1,
    }
}
