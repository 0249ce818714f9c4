//! A run of named tests with real skips: each skipped one is listed with its reason at the end.
use super::binary;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Two at a time: more would disturb the time limits that are being tested.
const THREADS: usize = 2;

/// Named tests, and why some of them can't be run here.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
    skipped: BTreeMap<String, usize>,
}

impl Suite {
    /// Adds a test that needs the toolchains of `languages`.
    pub fn add<'a>(
        &mut self,
        name: &str,
        languages: impl IntoIterator<Item = &'a str>,
        test: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) {
        let reasons: Vec<_> = languages.into_iter().filter_map(binary::missing).collect();
        let trial = match reasons.first().cloned() {
            None => Trial::test(name, || test().map_err(Failed::from)),
            Some(reason) => {
                for reason in reasons {
                    *self.skipped.entry(reason).or_default() += 1;
                }
                Trial::test(name, move || Err(reason.into())).with_ignored_flag(!binary::require_all())
            }
        };
        self.trials.push(trial);
    }

    /// Runs them, as the command line says.
    pub fn run(self) -> ExitCode {
        let mut args = Arguments::from_args();
        args.test_threads.get_or_insert(THREADS);
        let conclusion = libtest_mimic::run(&args, self.trials);
        if conclusion.num_ignored > 0 {
            println!("skipped for want of a toolchain:");
            for (reason, count) in self.skipped {
                println!("  {count} × {reason}");
            }
        }
        conclusion.exit_code()
    }
}
