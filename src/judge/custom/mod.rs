//! Programs of a request's own that judge: checkers and interactors.
//!
//! They are compiled and cached like any program, and run in slots of their own under limits of their own. `check` runs a
//! checker on an output (`spool` keeps it meanwhile), `interact` joins an interactor to the submission (`transcript`
//! writes down what they say, over `wires`), `feedback` takes out what either leaves, and `verdict` says what it means.
//!
//! Invariant: neither the answer nor anything a judging program writes is ever in the submission's sandbox, but for what
//! an interactor says on its stdout; what goes wrong in one is IE, never a contestant's verdict.
mod check;
mod feedback;
mod interact;
mod spool;
mod transcript;
mod verdict;
mod wires;

pub(super) use check::{Check, check};
pub(super) use feedback::Carried;
pub(super) use interact::{Talk, interact};
pub(super) use spool::Spool;
pub(super) use transcript::Transcript;
pub(super) use verdict::{Passes, Said};

use super::compile::{Asked, Compiled, unavailable};
use super::content::{Sources, invalid};
use super::decide::{Decision, Run};
use super::execute::{Executed, Keep};
use super::{Judge, spec};
use crate::model::{CheckerReport, ErrorReport, JudgeProgram, Limits, LimitsRequest, Millis, Protocol, Verdict};
use crate::pool::{PutFile, fits};
use crate::profile::Language;
use crate::sandbox::{End, LimitMode, RunSpec, SlotSpec};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use verdict::{Ended, said};

/// Where a judging program finds what it is told of, in its box.
const INPUT: &str = "test/input";
const ANSWER: &str = "test/answer";
const OUTPUT: &str = "test/output";
/// The feedback directory.
const DIRECTORY: &str = "feedback";

/// Of what it writes itself, only this much of stderr is anybody's business.
const KEEP: Keep = Keep { stdout: 0, stderr: 16 << 10 };

/// What holds a judging program that is given no limits: wide, as it is the problem setter's.
const MEMORY: u64 = 1 << 30;
const DISK: u64 = 256 << 20;

fn default_limits() -> LimitsRequest {
    LimitsRequest {
        cpu_time_ms: Millis::new(10_000.0),
        memory_bytes: Some(MEMORY),
        disk_bytes: Some(DISK),
        // What it writes to stderr is cut, and often a line for each thing that it is told: how much that is must not be the
        // contestant's to say. Its time bounds it.
        output_bytes: Some(1 << 60),
        ..LimitsRequest::default()
    }
}

/// A judging program, ready to run or known to be broken.
#[derive(Debug)]
pub(super) struct Prepared {
    pub protocol: Protocol,
    place: &'static str,
    language: Arc<Language>,
    program: Compiled,
    args: Vec<String>,
    limits: Limits,
}

impl Prepared {
    /// Compiles it. What is wrong with the request is an error; a program that does not compile is kept as one.
    pub(super) async fn new(judge: &Judge, asked: JudgeProgram<'_>) -> Result<Self, ErrorReport> {
        let language = judge.language(asked.language);
        let program = async {
            let language = language?;
            let sources = Sources::read(judge, asked.source, asked.files).await?;
            let compile = Asked { entry_point: asked.entry_point, args: &asked.compile.args, limits: asked.compile.limits };
            let program = judge.compile(&language, &sources, &compile).await?;
            let limits = language.limits(asked.limits.or(default_limits()));
            let (protocol, place, args) = (asked.protocol, asked.place, asked.args.to_vec());
            Ok(Self { protocol, place, language, program, args, limits })
        };
        program.await.map_err(|e: ErrorReport| ErrorReport { path: format!("{}.{}", asked.place, e.path), ..e })
    }

    /// Why it can't judge anything, for the staff.
    pub(super) fn broken(&self) -> Option<String> {
        let report = self.program.report.as_ref().filter(|_| self.program.app.is_none())?;
        let text =
            [&report.judge_message, &*String::from_utf8_lossy(&report.stderr.0), &*String::from_utf8_lossy(&report.stdout.0)].join("\n");
        Some(format!("the {} did not compile ({}):\n{}", self.place, report.verdict, text.trim()))
    }

    /// Whether its command can be run with these arguments at all.
    pub(super) fn check_args(&self, place: &str, args: Option<&[String]>) -> Result<(), ErrorReport> {
        let argv = self.argv(args);
        let plan = self.language.run_plan(&self.program.layout, &argv, &self.limits).map_err(|e| unavailable(&e))?;
        if fits(&plan.argv, &plan.env) {
            Ok(())
        } else {
            Err(invalid(place, "the arguments are too long together; at most about 140000 bytes"))
        }
    }

    fn argv(&self, args: Option<&[String]>) -> Vec<String> {
        let own: [String; 3] = match self.protocol {
            Protocol::Icpc => [format!("/box/{INPUT}"), format!("/box/{ANSWER}"), format!("/box/{DIRECTORY}/")],
            Protocol::Testlib => [INPUT, OUTPUT, ANSWER].map(|name| format!("/box/{name}")),
        };
        own.into_iter().chain(args.unwrap_or(&self.args).iter().cloned()).collect()
    }

    /// One run of it, that finds `files` in its box.
    fn setup(&self, args: Option<&[String]>, files: Vec<PutFile>) -> Result<Setup, String> {
        // What it is given lies in its box's file system, and must not be taken off what it may use itself. Each file
        // takes whole pages.
        let given: u64 =
            files.iter().map(|f| f.size().map(|n| n.next_multiple_of(4096))).sum::<Result<_, _>>().map_err(|e| e.to_string())?;
        let limits = Limits {
            memory_bytes: self.limits.memory_bytes.saturating_add(given),
            disk_bytes: self.limits.disk_bytes.saturating_add(given),
            ..self.limits
        };
        let plan = self.language.run_plan(&self.program.layout, &self.argv(args), &self.limits).map_err(|e| e.to_string())?;
        let mut run = spec::for_run(plan.argv, plan.env, &limits, self.program.links.clone(), true);
        run.directories = vec![DIRECTORY.to_owned()];
        Ok(Setup { slot: plan.slot, run, limits, files })
    }

    /// Whether it has less room than by default for what it hears.
    fn is_tight(&self) -> bool {
        self.limits.memory_bytes < MEMORY || self.limits.disk_bytes < DISK
    }

    /// Whether it ran out of the room that it has.
    fn is_full(executed: &Executed, mode: LimitMode, limits: &Limits) -> bool {
        let run = Run { mode, limits, stdout_bytes: executed.stdout.bytes, stderr_bytes: executed.stderr.bytes };
        run.broken(&executed.ran.outcome).is_some_and(|decision| matches!(decision.verdict, Verdict::Mle | Verdict::Ole))
    }

    /// What it says by its end, and what it leaves.
    fn said(&self, executed: &Executed, mode: LimitMode, limits: &Limits, points: Option<f64>, passes: Passes) -> Result<Said, String> {
        let feedback = match self.protocol {
            Protocol::Icpc => feedback::Feedback::read(executed.ran.files.as_ref()).map_err(|e| super::content::host(&e))?,
            Protocol::Testlib => feedback::Feedback::default(),
        };
        let run = Run { mode, limits, stdout_bytes: executed.stdout.bytes, stderr_bytes: executed.stderr.bytes };
        let broken = run.broken(&executed.ran.outcome).map(|Decision { verdict, message, judge_message, .. }| match verdict {
            Verdict::Ie => judge_message,
            _ => message,
        });
        let ended = Ended {
            who: self.place,
            end: executed.ran.outcome.end,
            broken: broken.as_deref(),
            stderr: &executed.stderr.head,
            feedback: &feedback,
        };
        Ok(said(self.protocol, &ended, points, passes))
    }
}

/// One run of a judging program, about to begin.
struct Setup {
    slot: Arc<SlotSpec>,
    run: RunSpec,
    limits: Limits,
    files: Vec<PutFile>,
}

/// What a judging program finds in its box, by name.
fn given(name: &str, content: crate::pool::FileSource) -> PutFile {
    PutFile { name: name.to_owned(), executable: false, content }
}

/// How its run ended, for the response.
fn checker_report(executed: &Executed) -> CheckerReport {
    let outcome = &executed.ran.outcome;
    CheckerReport {
        exit_code: if let End::Exited(code) = outcome.end { Some(code) } else { None },
        signal: if let End::Signaled(signal) = outcome.end { Some(signal) } else { None },
        cpu_time_ms: spec::ms(outcome.usage.cpu_us()),
        memory_bytes: outcome.usage.memory_bytes,
    }
}

/// A judging program's run that is over.
#[derive(Debug)]
pub(super) struct Judged {
    pub said: Said,
    pub report: CheckerReport,
    /// Its box.
    pub left: Option<OwnedFd>,
}
