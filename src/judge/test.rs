//! One test: from its files and streams to its report.
use super::checker::Comparer;
use super::content::host;
use super::decide::{Decision, Evidence, decide};
use super::execute::{Input, Keep, Sinks, execute, ignore};
use super::pipeline::Case;
use super::report::{Facts, report};
use super::{Judge, collect, spec};
use crate::model::{BoxName, Captured, CheckerKind, Reason, TestReport, Verdict};
use crate::pool::SlotError;
use crate::profile::{RunPlan, Unavailable};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// How the test's command looks.
pub(super) fn plan(case: &Case, test: usize) -> Result<RunPlan, Unavailable> {
    let args = case.request.tests.get(test).and_then(|t| t.args.as_ref()).unwrap_or(&case.request.args);
    case.language.run_plan(&case.compiled.layout, args, &case.limits(test))
}

/// Runs one test; with what held it, if it ran.
pub(super) async fn run(judge: Arc<Judge>, case: Arc<Case>, test: usize) -> (usize, TestReport, Option<Facts>) {
    let mut failure = String::new();
    // A slot that dies is the judge's misfortune, not the contestant's: a fresh one gets one more try.
    for _ in 0..2 {
        match attempt(&judge, &case, test).await {
            Ok((report, facts)) => return (test, report, Some(facts)),
            Err(e) => {
                tracing::warn!(id = case.request.id, test, "a run failed in the sandbox: {e}");
                failure = e;
            }
        }
    }
    (test, report(&case, test, ours(failure), None, BTreeMap::new()), None)
}

fn ours(judge_message: String) -> Decision {
    Decision {
        verdict: Verdict::Ie,
        reason: Some(Reason::Sandbox),
        message: "internal error: not the program's fault".into(),
        judge_message,
    }
}

async fn attempt(judge: &Judge, case: &Case, test: usize) -> Result<(TestReport, Facts), String> {
    let asked = &case.request.tests[test];
    let limits = case.limits(test);
    let plan = plan(case, test).map_err(|e| e.to_string())?;
    let seccomp = plan.slot.policy.clone();
    let place = |key: &str| format!("tests[{test}].{key}");
    let stdin = judge.stdin(&place("stdin"), &asked.stdin).await.map_err(|e| e.message)?;
    let files = judge.box_files(&place("files"), &asked.files).await.map_err(|e| e.message)?;
    let answer = match &asked.answer {
        Some(answer) if case.request.checker().kind != CheckerKind::None => {
            Some(judge.reader(&place("answer"), answer).await.map_err(|e| e.message)?)
        }
        _ => None,
    };
    let output = asked.output.as_ref().or(case.request.output.as_ref()).map(|o| &o.file);
    let comparer = Comparer::new(case.request.checker(), answer);
    // The comparer gets stdout as it comes, or afterwards the file named by `output`.
    let (live, later) = if output.is_none() { (Some(comparer), None) } else { (None, Some(comparer)) };
    let keep_box = output.is_some() || !asked.capture_files.is_empty();
    let run = spec::for_run(plan.argv.clone(), plan.env, &limits, case.compiled.links.clone(), keep_box);
    let capture = case.request.capture;
    let keep = Keep { stdout: capture.stdout_bytes, stderr: capture.stderr_bytes };

    let app = case.compiled.app.as_ref().ok_or("there is no program to run")?;
    // `Err`: the answer could not be read.
    let mut compared = Ok(live);
    let mut feed = |chunk: &[u8]| {
        if let Ok(Some(comparer)) = &mut compared
            && let Err(e) = comparer.feed(chunk)
        {
            compared = Err(e);
        }
    };
    let (mut executed, facts) = {
        let mut lease = judge.pool.lease(&plan.slot).await.map_err(|e: SlotError| e.to_string())?;
        lease.load(app).await.map_err(|e| e.to_string())?;
        let landlock_abi = lease.facts().and_then(|f| f.landlock_abi);
        let input = Input { spec: run, files: &files, stdin };
        let sinks = Sinks { stdout: &mut feed, stderr: ignore };
        let executed = execute(&mut lease, input, &limits, keep, sinks).await.map_err(|e| e.to_string())?;
        (executed, Facts { landlock_abi, seccomp })
    };

    spec::ours_to_execute(&plan.argv, &executed.ran)?;
    let left = executed.ran.files.take();
    let (comparer, missing) = match (output, later) {
        (Some(name), Some(comparer)) => compare_file(left.as_ref(), name, comparer),
        _ => (compared, false),
    };
    let (comparison, failure) = match comparer.and_then(|c| c.map(Comparer::finish).transpose()) {
        Ok(comparison) => (comparison, None),
        Err(e) => (None, Some(host(&e))),
    };
    let evidence = Evidence {
        outcome: Some(&executed.ran.outcome),
        mode: judge.pool.mode(),
        limits: &limits,
        stdout_bytes: executed.stdout.bytes,
        stderr_bytes: executed.stderr.bytes,
        comparison: comparison.as_ref(),
        output_file_missing: missing,
    };
    let mut decision = decide(&evidence);
    if let (Verdict::Ie, Some(failure)) = (decision.verdict, failure) {
        decision.judge_message = failure;
    }
    let files = asked.capture_files.iter().map(|name| (name.clone(), captured(left.as_ref(), name, capture.file_bytes))).collect();
    Ok((report(case, test, decision, Some(executed), files), facts))
}

type Compared = (std::io::Result<Option<Comparer>>, bool);

/// Feeds the comparer from a file in the box. True: there is no such file.
fn compare_file(left: Option<&OwnedFd>, name: &BoxName, mut comparer: Comparer) -> Compared {
    let Some(mut found) = left.and_then(|files| collect::open(files, name)) else { return (Ok(None), true) };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match found.file.read(&mut chunk) {
            Ok(0) => return (Ok(Some(comparer)), false),
            Ok(n) => {
                if let Err(e) = comparer.feed(&chunk[..n]) {
                    return (Err(e), false);
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return (Err(e), false),
        }
    }
}

fn captured(left: Option<&OwnedFd>, name: &BoxName, bytes: u64) -> Option<Captured> {
    let found = left.and_then(|files| collect::open(files, name))?;
    collect::head(found, bytes).ok().map(Captured)
}
