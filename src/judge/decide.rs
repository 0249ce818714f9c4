//! From evidence to verdict: pure functions, no clocks, no I/O.
//!
//! Order: IE, SV, MLE, OLE, TLE, RE, then the checker. A limit is exceeded when it is strictly passed. What counts is
//! what the kernel and the supervisor recorded, never what the program chose to say.
//!
//! Invariant: AC, OK, PC and PE only for a run that ended by itself with status 0 and passed no limit.
use super::checker::Comparison;
use super::scoring::Credit;
use crate::model::{Limits, Millis, Reason, Verdict};
use crate::sandbox::{End, Kill, LimitMode, Outcome, Usage};
use nix::errno::Errno;
use std::time::Duration;

const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;
const SIGSYS: i32 = 31;

/// What is known of one test's run.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// What the sandbox saw; none: the sandbox failed.
    pub outcome: Option<&'a Outcome>,
    /// How limits were enforced.
    pub mode: LimitMode,
    /// The limits that held.
    pub limits: &'a Limits,
    /// Written to stdout in all.
    pub stdout_bytes: u64,
    /// Written to stderr in all.
    pub stderr_bytes: u64,
    /// What the checker said; none: nothing was compared, though something should have been.
    pub comparison: Option<&'a Comparison>,
    /// The file named by `output` is missing, or is no regular file.
    pub output_file_missing: bool,
}

/// What is known of one compilation.
#[derive(Debug, Clone)]
pub struct CompileEvidence<'a> {
    /// What the sandbox saw; none: the sandbox failed.
    pub outcome: Option<&'a Outcome>,
    /// How limits were enforced.
    pub mode: LimitMode,
    /// The limits that held.
    pub limits: &'a Limits,
    /// Written to stdout in all.
    pub stdout_bytes: u64,
    /// Written to stderr in all.
    pub stderr_bytes: u64,
    /// A file that the profile says comes out of compiling did not.
    pub product_missing: bool,
}

/// A verdict, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where there is more to say.
    pub reason: Option<Reason>,
    /// For the contestant.
    pub message: String,
    /// For the staff.
    pub judge_message: String,
    /// What a custom checker gives, where it says so.
    pub credit: Option<Credit>,
}

/// What an interactor came to.
#[derive(Debug, Clone, Copy)]
pub enum Interactor<'a> {
    /// It ended by itself, and this is what that means; IE: it failed.
    Said {
        /// What it says.
        comparison: &'a Comparison,
        /// Whether it ended before the submission did.
        first: bool,
    },
    /// We ended it, because of what the submission had done.
    Ended,
}

impl Decision {
    pub(super) fn new(verdict: Verdict, reason: Option<Reason>, message: impl Into<String>) -> Self {
        Self { verdict, reason, message: message.into(), judge_message: String::new(), credit: None }
    }

    pub(super) fn ours(judge_message: &str) -> Self {
        let judge_message = judge_message.to_owned();
        Self { judge_message, ..Self::new(Verdict::Ie, Some(Reason::Sandbox), "internal error: not the program's fault") }
    }
}

/// The verdict of one test's run.
pub fn decide(evidence: &Evidence) -> Decision {
    if let Some(decision) = fault(evidence) {
        return decision;
    }
    match evidence.comparison {
        Some(comparison) => said(comparison),
        None => Decision { reason: None, ..Decision::ours("the output was not compared") },
    }
}

/// What is wrong with the run itself: then no checker is asked.
pub fn fault(evidence: &Evidence) -> Option<Decision> {
    let run =
        Run { mode: evidence.mode, limits: evidence.limits, stdout_bytes: evidence.stdout_bytes, stderr_bytes: evidence.stderr_bytes };
    run.fault(evidence.outcome).or_else(|| {
        let message = "wrong answer: the output file is missing, or is not a regular file";
        evidence.output_file_missing.then(|| Decision::new(Verdict::Wa, Some(Reason::OutputFile), message))
    })
}

/// The verdict of an interaction. IE if the interactor failed by itself; then its rejection, if it ended first; then the
/// run's own faults; then what the interactor says. (`evidence.comparison` is not looked at.)
pub fn decide_interaction(evidence: &Evidence, interactor: Interactor) -> Decision {
    match (evidence.outcome, interactor) {
        (Some(_), Interactor::Said { comparison, first }) => {
            let accepts = matches!(comparison.verdict, Verdict::Ac | Verdict::Pc | Verdict::Ok);
            if comparison.verdict == Verdict::Ie || (first && !accepts) {
                return said(comparison);
            }
            fault(evidence).unwrap_or_else(|| said(comparison))
        }
        (_, _) => fault(evidence)
            .unwrap_or_else(|| Decision { reason: None, ..Decision::ours("the interactor was ended without a fault of the program's") }),
    }
}

/// What a checker says, where it may.
fn said(comparison: &Comparison) -> Decision {
    match comparison.verdict {
        verdict @ (Verdict::Ac | Verdict::Wa | Verdict::Pe | Verdict::Pc | Verdict::Ok | Verdict::Ie) => Decision {
            judge_message: comparison.judge_message.clone(),
            credit: comparison.credit,
            ..Decision::new(verdict, (verdict == Verdict::Ie).then_some(Reason::Checker), comparison.message.clone())
        },
        other => Decision { reason: None, ..Decision::ours(&format!("a checker can't say {other}")) },
    }
}

/// The verdict of one compilation: OK, CE, TLE, MLE, OLE, SV or IE.
pub fn decide_compile(evidence: &CompileEvidence) -> Decision {
    let run =
        Run { mode: evidence.mode, limits: evidence.limits, stdout_bytes: evidence.stdout_bytes, stderr_bytes: evidence.stderr_bytes };
    match run.fault(evidence.outcome) {
        Some(fault) if fault.verdict == Verdict::Re => {
            Decision { verdict: Verdict::Ce, message: format!("compilation failed: {}", fault.message), ..fault }
        }
        Some(fault) if fault.verdict == Verdict::Ie => fault,
        Some(fault) => Decision { message: format!("compilation failed: {}", fault.message), ..fault },
        None if evidence.product_missing => Decision::new(Verdict::Ce, None, "compilation failed: the compiler produced no program"),
        None => Decision::new(Verdict::Ok, None, ""),
    }
}

/// A run, whatever it was for.
pub(super) struct Run<'a> {
    pub mode: LimitMode,
    pub limits: &'a Limits,
    pub stdout_bytes: u64,
    pub stderr_bytes: u64,
}

impl Run<'_> {
    /// What went wrong; none: it ended by itself with status 0 and kept all limits.
    fn fault(&self, outcome: Option<&Outcome>) -> Option<Decision> {
        let Some(outcome) = outcome else { return Some(Decision::ours("the sandbox failed")) };
        self.broken(outcome).or_else(|| crash(outcome.end))
    }

    /// Which limit or rule it broke; none: it ended by itself, somehow.
    pub(super) fn broken(&self, outcome: &Outcome) -> Option<Decision> {
        self.internal(outcome)
            .or_else(|| violation(outcome.end))
            .or_else(|| self.memory(outcome))
            .or_else(|| self.output(outcome))
            .or_else(|| self.time(outcome))
    }

    fn internal(&self, outcome: &Outcome) -> Option<Decision> {
        match (outcome.kill, self.mode) {
            (Some(Kill::Cancelled), _) => Some(Decision { reason: None, ..Decision::ours("cancelled") }),
            // Where it was right to do so, the interactor's word has come before this.
            (Some(Kill::Partner | Kill::Heard), _) => Some(Decision { reason: None, ..Decision::ours("killed for what it spoke with") }),
            // With a cgroup the kernel alone enforces memory: nobody of us may have killed for it.
            (Some(Kill::Memory), LimitMode::Cgroup2) => Some(Decision::ours("killed for memory by the sampler, in cgroup2 mode")),
            _ => None,
        }
    }

    fn memory(&self, outcome: &Outcome) -> Option<Decision> {
        let (used, limit) = (outcome.usage.memory_bytes, self.limits.memory_bytes);
        let reason = match self.mode {
            // `memory.peak` may touch the limit by page cache alone, so it proves nothing.
            LimitMode::Cgroup2 => (outcome.usage.oom_kills > 0).then_some(Reason::OomKill),
            LimitMode::Rlimit => (outcome.kill == Some(Kill::Memory) || used > limit).then_some(Reason::Peak),
        }?;
        Some(Decision::new(Verdict::Mle, Some(reason), format!("memory limit exceeded ({})", of(used, limit, bytes))))
    }

    fn output(&self, outcome: &Outcome) -> Option<Decision> {
        let limits = self.limits;
        let disk = outcome.usage.disk_bytes;
        let total = self.stdout_bytes.saturating_add(self.stderr_bytes).saturating_add(disk);
        let killed = |kill| outcome.kill == Some(kill);
        // What we killed for comes first: it was written down when it happened, the counters went on.
        let reason = if killed(Kill::Stdout) {
            Reason::Stdout
        } else if killed(Kill::Stderr) {
            Reason::Stderr
        } else if killed(Kill::OutputTotal) {
            Reason::OutputTotal
        } else if self.stdout_bytes > limits.output_bytes {
            Reason::Stdout
        } else if self.stderr_bytes > limits.output_bytes {
            Reason::Stderr
        } else if limits.output_total_bytes.is_some_and(|limit| total > limit) {
            Reason::OutputTotal
        } else if outcome.end == End::Signaled(SIGXFSZ) || disk > limits.disk_bytes {
            Reason::Disk
        } else {
            return None;
        };
        let what = match reason {
            Reason::Stdout => format!("stdout: {}", of(self.stdout_bytes, limits.output_bytes, bytes)),
            Reason::Stderr => format!("stderr: {}", of(self.stderr_bytes, limits.output_bytes, bytes)),
            Reason::OutputTotal => format!("in all: {}", of(total, limits.output_total_bytes.unwrap_or(total), bytes)),
            _ => format!("files: {}", of(disk, limits.disk_bytes, bytes)),
        };
        Some(Decision::new(Verdict::Ole, Some(reason), format!("output limit exceeded ({what})")))
    }

    fn time(&self, outcome: &Outcome) -> Option<Decision> {
        let usage: &Usage = &outcome.usage;
        let killed = |kill| outcome.kill == Some(kill);
        // A SIGXCPU by itself proves nothing, since any program can raise it: the counters decide.
        let cpu = exceeds(usage.cpu_us(), self.limits.cpu_time_ms);
        let wall = exceeds(usage.wall_us, self.limits.wall_time_ms);
        let (reason, what) = if killed(Kill::CpuTime) || (cpu && !killed(Kill::WallTime)) {
            (Reason::CpuTime, format!("CPU {}", seconds_of(usage.cpu_us(), self.limits.cpu_time_ms)))
        } else if killed(Kill::WallTime) || wall {
            (Reason::WallTime, format!("wall {}", seconds_of(usage.wall_us, self.limits.wall_time_ms)))
        } else {
            return None;
        };
        Some(Decision::new(Verdict::Tle, Some(reason), format!("time limit exceeded ({what})")))
    }
}

fn violation(end: End) -> Option<Decision> {
    (end == End::Signaled(SIGSYS)).then(|| Decision::new(Verdict::Sv, Some(Reason::SystemCall), "a system call that is not allowed"))
}

pub(super) fn crash(end: End) -> Option<Decision> {
    match end {
        End::Exited(0) => None,
        End::Exited(status) => Some(Decision::new(Verdict::Re, Some(Reason::ExitCode), format!("exit status {status}"))),
        End::Signaled(signal) => {
            let message = match signal_name(signal) {
                Some(name) => format!("killed by signal {signal} ({name})"),
                None => format!("killed by signal {signal}"),
            };
            Some(Decision::new(Verdict::Re, Some(Reason::Signal), message))
        }
        // Only for a program of the contestant's own making; where the interpreter can't be executed, that is ours, and
        // no outcome.
        End::NotExecuted(errno) => {
            let what = Errno::from_raw(errno).desc();
            Some(Decision::new(Verdict::Re, Some(Reason::Exec), format!("the program could not be executed: {what}")))
        }
    }
}

/// The name of a signal of Linux on x86-64 and `AArch64` (signal(7)).
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        16 => "SIGSTKFLT",
        SIGXCPU => "SIGXCPU",
        SIGXFSZ => "SIGXFSZ",
        26 => "SIGVTALRM",
        27 => "SIGPROF",
        29 => "SIGIO",
        30 => "SIGPWR",
        SIGSYS => "SIGSYS",
        _ => return None,
    })
}

/// Compared as whole nanoseconds: a limit of 1.005 ms is not passed by 1005 µs, whatever floats make of it.
fn exceeds(used_us: u64, limit: Millis) -> bool {
    Duration::from_micros(used_us) > limit.duration()
}

/// `1.02 s of 1.00 s`, with as many decimals as it takes to see the difference.
fn seconds_of(used_us: u64, limit: Millis) -> String {
    let (used, most) = (Duration::from_micros(used_us).as_secs_f64(), limit.duration().as_secs_f64());
    if !exceeds(used_us, limit) {
        // Killed on the way: the last sample before the kill need not show it.
        return format!("limit {most:.2} s");
    }
    (2..6)
        .map(|n| (format!("{used:.n$} s"), format!("{most:.n$} s")))
        .find(|(u, m)| u != m)
        .map_or_else(|| format!("{used:.6} s of {most:.6} s"), |(u, m)| format!("{u} of {m}"))
}

/// `300.0 MiB of 256.0 MiB`, or only the limit where the counter does not show it.
fn of(used: u64, limit: u64, show: impl Fn(u64) -> String) -> String {
    let (u, l) = (show(used), show(limit));
    if used <= limit {
        format!("limit {l}")
    } else if u == l {
        format!("{used} bytes of {limit}")
    } else {
        format!("{u} of {l}")
    }
}

pub(super) fn bytes(n: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    UNITS.iter().find(|(shift, _)| n >> shift > 0).map_or_else(
        || format!("{n} bytes"),
        |(shift, unit)| {
            let tenths = (u128::from(n) * 10) >> shift;
            if tenths % 10 == 0 { format!("{} {unit}", tenths / 10) } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
        },
    )
}

#[cfg(test)]
mod tests;
