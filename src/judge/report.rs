//! What is said of a test.
use super::decide::Decision;
use super::execute::{Executed, Stream};
use super::pipeline::Case;
use super::spec::ms;
use crate::model::{BoxName, Captured, CheckerReport, Reason, TestReport, Verdict};
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
    report(case, test, Decision::new(Verdict::Sk, Some(reason), message), None)
}

/// A test that was run.
pub(super) struct Seen {
    /// Its last pass.
    pub executed: Executed,
    /// The greatest of all passes.
    pub usage: Usage,
    /// `capture_files`.
    pub files: BTreeMap<BoxName, Option<Captured>>,
    pub passes: u32,
    pub transcript: Option<Vec<u8>>,
    pub checker: Option<CheckerReport>,
}

/// A test that was run, or could not be.
pub(super) fn report(case: &Case, test: usize, decision: Decision, seen: Option<Seen>) -> TestReport {
    let asked = &case.request.tests[test];
    let (exit_code, signal) = match seen.as_ref().map(|s| s.executed.ran.outcome.end) {
        Some(End::Exited(code)) => (Some(code), None),
        Some(End::Signaled(signal)) => (None, Some(signal)),
        Some(End::NotExecuted(_)) | None => (None, None),
    };
    let usage = seen.as_ref().map_or_else(Usage::default, |s| s.usage);
    let passes = match &seen {
        Some(seen) => seen.passes,
        None => u32::from(decision.verdict != Verdict::Sk),
    };
    let (stdout, stderr, files, transcript, checker) = match seen {
        Some(s) => (s.executed.stdout, s.executed.stderr, s.files, s.transcript, s.checker),
        None => (Stream::default(), Stream::default(), BTreeMap::new(), None, None),
    };
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
        passes,
        transcript: transcript.map(Captured),
        checker,
        limits: case.limits(test),
    }
}
