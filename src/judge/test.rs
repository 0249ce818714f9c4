//! One test: from its files and streams, over one pass or several, to its report.
use super::custom::{Carried, Passes, Transcript};
use super::decide::Decision;
use super::pass::{self, Pass, Turn};
use super::pipeline::Case;
use super::report::{Facts, Seen, report};
use super::scoring::Credit;
use super::{Judge, collect};
use crate::model::{BoxName, Captured, CheckerKind, Reason, TestReport};
use crate::profile::{RunPlan, Unavailable};
use crate::sandbox::Usage;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

/// How the test's command looks.
pub(super) fn plan(case: &Case, test: usize) -> Result<RunPlan, Unavailable> {
    let args = case.request.tests.get(test).and_then(|t| t.args.as_ref()).unwrap_or(&case.request.args);
    case.language.run_plan(&case.compiled.layout, args, &case.limits(test))
}

/// A test that is over.
pub(super) struct Done {
    pub test: usize,
    pub report: TestReport,
    /// What a custom checker gives.
    pub credit: Option<Credit>,
    /// What held the run, if there was one.
    pub facts: Option<Facts>,
}

/// Runs one test.
pub(super) async fn run(judge: &Judge, case: &Case, test: usize) -> Done {
    if let Some(broken) = case.broken() {
        return failed(case, test, Decision { reason: Some(Reason::Checker), ..Decision::ours(&broken) });
    }
    let mut failure = String::new();
    // A slot that dies is the judge's misfortune, not the contestant's: a fresh one gets one more try.
    for _ in 0..2 {
        match attempt(judge, case, test).await {
            Ok(done) => return done,
            Err(e) => {
                tracing::warn!(id = case.request.id, test, "a run failed in the sandbox: {e}");
                failure = e;
            }
        }
    }
    failed(case, test, Decision::ours(&failure))
}

fn failed(case: &Case, test: usize, decision: Decision) -> Done {
    Done { test, report: report(case, test, decision, None), credit: None, facts: None }
}

/// All passes of the test. In one that does not say otherwise there is one.
async fn attempt(judge: &Judge, case: &Case, test: usize) -> Result<Done, String> {
    let asked = &case.request.tests[test];
    let interactive = case.interactor.is_some();
    let transcript = Transcript::new(case.request.capture.transcript_bytes).filter(|_| interactive).map(Mutex::new);
    let mut carried = Carried::default();
    let mut usage = Usage::default();
    let mut count = 0;
    let Pass { mut executed, facts, decision, checker, .. } = loop {
        count += 1;
        let passes = match case.request.passes {
            None => Passes::Single,
            Some(most) if count < most => Passes::Left,
            Some(most) => Passes::Last(most),
        };
        let Carried { input, files } = carried;
        let pass = pass::run(judge, case, test, Turn { passes, input, carried: files, transcript: transcript.as_ref() }).await?;
        usage = greatest(usage, pass.executed.ran.outcome.usage);
        if !pass.again {
            break pass;
        }
        carried = Carried::take(pass.left.as_ref()).map_err(|e| super::content::host(&e))?;
        if let Some(transcript) = &transcript {
            transcript.lock().unwrap_or_else(PoisonError::into_inner).next_pass();
        }
    };
    let left = executed.ran.files.take();
    let bytes = case.request.capture.file_bytes;
    let files = asked.capture_files.iter().map(|name| Ok((name.clone(), captured(left.as_ref(), name, bytes)?)));
    let files = files.collect::<io::Result<_>>().map_err(|e| super::content::host(&e))?;
    let transcript = transcript.map(|t| t.into_inner().unwrap_or_else(PoisonError::into_inner).finish());
    let credit = decision.credit;
    let seen = Seen { executed, usage, files, passes: count, transcript, checker };
    Ok(Done { test, report: report(case, test, decision, Some(seen)), credit, facts: Some(facts) })
}

/// Limits hold for each pass; what is told of several is the greatest.
fn greatest(a: Usage, b: Usage) -> Usage {
    let busier = if b.cpu_us() > a.cpu_us() { b } else { a };
    Usage {
        wall_us: a.wall_us.max(b.wall_us),
        memory_bytes: a.memory_bytes.max(b.memory_bytes),
        disk_bytes: a.disk_bytes.max(b.disk_bytes),
        oom_kills: a.oom_kills.max(b.oom_kills),
        ..busier
    }
}

fn captured(left: Option<&OwnedFd>, name: &BoxName, bytes: u64) -> io::Result<Option<Captured>> {
    let Some(left) = left else { return Ok(None) };
    collect::open(left, name)?.map(|found| collect::head(found, bytes).map(Captured)).transpose()
}

impl Case {
    /// Why no test can be judged, for the staff.
    fn broken(&self) -> Option<String> {
        [&self.checker, &self.interactor].into_iter().flatten().find_map(super::custom::Prepared::broken)
    }

    /// Whether a built-in checker has anything to compare a test's output with.
    pub(super) fn compares(&self, test: usize) -> bool {
        self.request.checker_of(test).kind != CheckerKind::None && self.request.tests[test].answer.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_passes_the_greatest_counts() {
        let pass = |user_us, system_us, wall_us, memory_bytes| Usage { user_us, system_us, wall_us, memory_bytes, ..Usage::default() };
        let both = greatest(pass(5, 1, 9, 100), pass(2, 8, 3, 200));
        assert_eq!(both, pass(2, 8, 9, 200));
        assert_eq!(greatest(Usage::default(), both), both);
    }
}
