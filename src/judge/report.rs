//! What is said of a test.
use super::decide::Decision;
use super::execute::Executed;
use super::pipeline::Case;
use super::spec::ms;
use crate::model::{BoxName, Captured, Reason, TestReport, Verdict};
use crate::sandbox::{End, Usage};
use std::collections::BTreeMap;

/// What held the runs.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub landlock_abi: Option<u32>,
    pub seccomp: String,
}

/// A test that was not run, or whose run does not count.
pub(super) fn skipped(case: &Case, test: usize, reason: Reason) -> TestReport {
    let message = match reason {
        Reason::Compile => "not run: the program did not compile",
        Reason::Requires => "not run: a required group was not passed",
        _ => "not run: an earlier test failed",
    };
    let decision = Decision { verdict: Verdict::Sk, reason: Some(reason), message: message.into(), judge_message: String::new() };
    report(case, test, decision, None, BTreeMap::new())
}

/// A test that was run, or could not be.
pub(super) fn report(
    case: &Case,
    test: usize,
    decision: Decision,
    executed: Option<Executed>,
    files: BTreeMap<BoxName, Option<Captured>>,
) -> TestReport {
    let asked = &case.request.tests[test];
    let outcome = executed.as_ref().map(|e| e.ran.outcome.clone());
    let usage = outcome.as_ref().map_or_else(Usage::default, |o| o.usage);
    let (exit_code, signal) = match outcome.map(|o| o.end) {
        Some(End::Exited(code)) => (Some(code), None),
        Some(End::Signaled(signal)) => (None, Some(signal)),
        Some(End::NotExecuted(_)) | None => (None, None),
    };
    let (stdout, stderr) = executed.map(|e| (e.stdout, e.stderr)).unwrap_or_default();
    let ran = decision.verdict != Verdict::Sk;
    TestReport {
        id: case.request.test_id(test),
        verdict: decision.verdict,
        points: 0.0,
        max_points: asked.points.unwrap_or(0.0),
        group: asked.group.clone(),
        cpu_time_ms: ms(usage.cpu_us()),
        user_time_ms: ms(usage.user_us),
        system_time_ms: ms(usage.system_us),
        wall_time_ms: ms(usage.wall_us),
        memory_bytes: usage.memory_bytes,
        exit_code,
        signal,
        reason: decision.reason,
        message: decision.message,
        judge_message: decision.judge_message,
        stdout_truncated: stdout.truncated(),
        stdout_bytes: stdout.bytes,
        stdout: Captured(stdout.head),
        stderr_truncated: stderr.truncated(),
        stderr_bytes: stderr.bytes,
        stderr: Captured(stderr.head),
        disk_bytes: usage.disk_bytes,
        files,
        passes: u32::from(ran),
        transcript: None,
        checker: None,
        limits: case.limits(test),
    }
}
