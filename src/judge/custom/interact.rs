//! The submission and an interactor, joined by two pipes.
//!
//! ```text
//! submission ──stdout──▶ A ──stdin──▶ interactor
//! submission ◀──stdin── B ◀──stdout── interactor
//! ```
//! The pipes are direct: what is said costs no copy of ours. So nobody counts what the submission says: its CPU and wall
//! time bound it, and the interactor's zygote looks every few milliseconds how much the interactor has read. Where that
//! is far more than the submission's output limit (and the interactor's own files) both are ended, and it is the
//! submission's OLE: it must not drive an interactor that keeps what it reads into a limit of its own. For the same reason an
//! interactor's CPU limit holds from one thing it is told to the next: who talks without end runs into his own time, and who
//! thinks for too long has not been made to. There are two exceptions. For a transcript each direction has two pipes with us between
//! them, which costs two more wake-ups a message. For an interactor that is given less room than by default, A has: it might break
//! down long before a look finds that it was told too much, so what it is told is counted, and ends at the output limit.
//!
//! Which ends we hold, and until when, decides who can be said to have ended first:
//!
//! - B's reading end throughout, and read after the submission's end: an interactor that goes on speaking is not killed by
//!   SIGPIPE, and does not wait for a reader for ever.
//! - A's reading end until the interactor ends otherwise than accepting; if it accepts, what the submission still says is
//!   read, counted and thrown away: that it says more after the verdict is no fault of its own. (With us in the middle nothing is
//!   read from where the interactor has closed its end until it has ended: it would be counted, and taken for why it did.)
//! - A's writing end until the submission's end is on record: the interactor sees the end of its input only then, so that
//!   its verdict on that can't come before it. (So a submission that closes its stdout and goes on is still speaking.)
//!   Where B has lost its writer by then, the submission may have ended for it, and the interactor, if it is just ending
//!   itself, is given a moment to be the first.
//!
//! The submission's own limits hold as ever; the interactor's wall time begins with the submission's and lasts longer.
use super::transcript::Transcript;
use super::wires::{Held, Relays, Sink, Wires};
use super::{ANSWER, INPUT, KEEP, OUTPUT, Passes, Prepared, Setup, Spool, checker_report, given};
use crate::judge::checker::Comparison;
use crate::judge::content::host;
use crate::judge::decide::{Evidence, Interactor, bytes, fault};
use crate::judge::execute::{Executed, Input, Keep, Sinks, execute, ignore};
use crate::judge::{Judge, collect, spec};
use crate::model::{BoxName, CheckerReport, Limits, Millis, Protocol, Verdict};
use crate::pool::{App, FileSource, Killer, Lease, PutFile};
use crate::sandbox::{Kill, RunSpec, SlotSpec};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// How much longer than the submission's the interactor's wall time is at least.
const WALL_SLACK_MS: f64 = 2000.0;
/// How long an interactor that has closed its stdout may take to turn out to be ending. What lies between is the kernel's
/// tearing down of a process, a few milliseconds; who closed it on purpose only has its end of input delayed by this.
const MOMENT: Duration = Duration::from_millis(500);
/// What an interactor may read beside what it is told and given: its interpreter, its libraries.
const READ_SLACK: u64 = 32 << 20;
/// How often it may read what it is given.
const READ_TIMES: u64 = 4;
/// A kill that came before its run began was in vain: it is repeated until the run's end.
const REPEAT_KILL: Duration = Duration::from_millis(50);

/// The submission's side, and what the interactor is told.
pub(in crate::judge) struct Talk<'a> {
    pub slot: &'a Arc<SlotSpec>,
    pub app: &'a App,
    pub run: RunSpec,
    pub files: &'a [PutFile],
    pub limits: &'a Limits,
    pub keep: Keep,
    pub input: FileSource,
    pub answer: FileSource,
    /// The feedback directory of the pass before.
    pub carried: Vec<PutFile>,
    /// The test's own arguments for it.
    pub args: Option<&'a [String]>,
    /// The most points the test can give.
    pub points: Option<f64>,
    pub passes: Passes,
    pub transcript: Option<&'a Mutex<Transcript>>,
}

/// An interaction that is over.
pub(in crate::judge) struct Interaction {
    pub submission: Executed,
    pub landlock_abi: Option<u32>,
    /// None: we ended the interactor, because of what the submission had done.
    pub comparison: Option<Comparison>,
    /// Whether the interactor ended first.
    pub first: bool,
    /// It asks for another pass.
    pub again: bool,
    pub report: CheckerReport,
    /// The interactor's box.
    pub left: Option<OwnedFd>,
    /// What a `testlib` interactor that accepts has written for the checker.
    pub output: Option<File>,
}

impl Interaction {
    /// For `decide_interaction`.
    pub(in crate::judge) fn interactor(&self) -> Interactor<'_> {
        match &self.comparison {
            Some(comparison) => Interactor::Said { comparison, first: self.first },
            None => Interactor::Ended,
        }
    }
}

/// Runs both. `Err`: the sandbox failed.
pub(in crate::judge) async fn interact(judge: &Judge, interactor: &Prepared, talk: Talk<'_>) -> Result<Interaction, String> {
    let mut files = talk.carried;
    files.extend([given(INPUT, talk.input), given(ANSWER, talk.answer)]);
    let mut setup = interactor.setup(talk.args, files)?;
    outlast(&mut setup, talk.limits);
    let given = setup.limits.disk_bytes - interactor.limits.disk_bytes;
    let read_bytes = talk.limits.output_bytes.saturating_add(given.saturating_mul(READ_TIMES)).saturating_add(READ_SLACK);
    setup.run.read_bytes = Some(read_bytes);
    let app = interactor.program.app.as_ref().ok_or("the interactor did not compile")?;
    let mut here = judge.pool.lease(talk.slot).await.map_err(|e| e.to_string())?;
    let mut there = judge.pool.partner(&here, &setup.slot).await.map_err(|e| e.to_string())?;
    here.load(talk.app).await.map_err(|e| e.to_string())?;
    there.load(app).await.map_err(|e| e.to_string())?;
    let landlock_abi = here.facts().and_then(|f| f.landlock_abi);
    let argv = [talk.run.argv.clone(), setup.run.argv.clone()];

    // The slack of `read_bytes` is more than a tight one may have room for: then it is counted what the submission says.
    let wires = Wires::new(talk.transcript, interactor.is_tight()).map_err(|e| host(&e))?;
    let sides = Sides {
        submission: Input { spec: talk.run, files: talk.files, stdin: wires.submission.0, stdout: Some(wires.submission.1) },
        interactor: Input { spec: setup.run, files: &setup.files, stdin: wires.interactor.0, stdout: Some(wires.interactor.1) },
        limits: [talk.limits, &setup.limits],
        keep: [talk.keep, KEEP],
    };
    let mode = judge.pool.mode();
    let watch = Watch {
        fault: &|executed| {
            fault(&Evidence {
                outcome: Some(&executed.ran.outcome),
                mode,
                limits: talk.limits,
                stdout_bytes: executed.stdout.bytes,
                stderr_bytes: executed.stderr.bytes,
                comparison: None,
                output_file_missing: false,
            })
            .map(|decision| decision.verdict)
        },
        says: &|executed| {
            let said = interactor.said(executed, mode, &judged_by(&setup.limits, executed), talk.points, talk.passes);
            said.map_or(Verdict::Ie, |said| said.comparison.verdict)
        },
        output_bytes: talk.limits.output_bytes,
        read_bytes,
    };
    let ends = talk_through(&mut here, &mut there, sides, wires.held, wires.relays, watch).await?;
    drop((there, here));

    let (mut submission, mut executed) = (ends.submission, ends.interactor);
    submission.stdout.bytes = ends.known;
    spec::ours_to_execute(&argv[0], &submission.ran)?;
    spec::ours_to_execute(&argv[1], &executed.ran)?;
    let mut said = interactor.said(&executed, mode, &judged_by(&setup.limits, &executed), talk.points, talk.passes)?;
    if said.comparison.verdict == Verdict::Ie && Prepared::is_full(&executed, mode, &setup.limits) {
        said.comparison.judge_message.push_str(&full(executed.ran.outcome.usage.read_bytes, talk.limits.output_bytes));
    }
    let left = executed.ran.files.take();
    let output = match interactor.protocol {
        Protocol::Testlib if said.comparison.verdict == Verdict::Ac => Some(written(left.as_ref()).map_err(|e| host(&e))?),
        _ => None,
    };
    // Killed by us: that, and whatever it says of it, does not count.
    let ended_by_us = ends.flooded || executed.ran.outcome.kill == Some(Kill::Partner);
    Ok(Interaction {
        submission,
        landlock_abi,
        report: checker_report(&executed),
        again: said.again && !ended_by_us,
        comparison: (!ended_by_us).then_some(said.comparison),
        first: ends.interactor_first,
        left,
        output,
    })
}

/// The submission's wall limit fires before the interactor's.
fn outlast(setup: &mut Setup, submission: &Limits) {
    let least = Millis::new(submission.wall_time_ms.get() + WALL_SLACK_MS).unwrap_or(submission.wall_time_ms);
    if setup.limits.wall_time_ms < least {
        setup.limits.wall_time_ms = least;
        setup.run.wall_us = spec::us(least);
    }
}

/// The limits that an interactor's end is held against: not what CPU time it has used in all.
fn judged_by(limits: &Limits, executed: &Executed) -> Limits {
    match executed.ran.outcome.kill {
        Some(Kill::CpuTime) => *limits,
        _ => Limits { cpu_time_ms: Millis::MOST, ..*limits },
    }
}

/// For the staff, of an interactor that ran out of room: what it may have been made to keep.
fn full(read: u64, output: u64) -> String {
    let (read, output) = (bytes(read), bytes(output));
    format!(
        "\nit had read {read} by then, and the submission may say {output} (`output_bytes`): if it keeps or logs what it is told, \
         give it more room (its own `limits`), or the submission a lower `output_bytes`"
    )
}

/// The file that a `testlib` interactor writes for the checker. One that isn't there is empty.
fn written(left: Option<&OwnedFd>) -> io::Result<File> {
    let name = BoxName::new(OUTPUT).map_err(io::Error::other)?;
    match left.map(|left| collect::open(left, &name)).transpose()?.flatten() {
        Some(found) => Spool::of(found.file),
        None => Spool::default().finish(),
    }
}

/// The two runs, about to begin: the submission's, then the interactor's.
struct Sides<'a> {
    submission: Input<'a>,
    interactor: Input<'a>,
    limits: [&'a Limits; 2],
    keep: [Keep; 2],
}

/// What is asked of a run that has ended.
struct Watch<'a> {
    /// What is wrong with the submission's run.
    fault: &'a (dyn Fn(&Executed) -> Option<Verdict> + Sync),
    /// What the interactor says by its end.
    says: &'a (dyn Fn(&Executed) -> Verdict + Sync),
    /// The most that the submission may be known to have said.
    output_bytes: u64,
    /// The most that the interactor may have read.
    read_bytes: u64,
}

impl Watch<'_> {
    /// Whether it is the submission's doing that the interactor ended so: it was ended for what it was told, or failed when it
    /// had been told more than may be said.
    fn flooded(&self, interactor: &Executed, verdict: Verdict, known: u64) -> bool {
        let outcome = &interactor.ran.outcome;
        let too_much = known > self.output_bytes || outcome.usage.read_bytes > self.read_bytes;
        outcome.kill == Some(Kill::Heard) || (verdict == Verdict::Ie && too_much)
    }
}

struct Ends {
    submission: Executed,
    interactor: Executed,
    interactor_first: bool,
    /// The submission said far too much.
    flooded: bool,
    /// What the submission is known to have said; if it said far too much, then more than it may.
    known: u64,
}

async fn talk_through(
    here: &mut Lease,
    there: &mut Lease,
    sides: Sides<'_>,
    mut held: Held,
    relays: Relays<'_>,
    watch: Watch<'_>,
) -> Result<Ends, String> {
    let (kill_submission, kill_interactor) = (here.killer().map_err(|e| e.to_string())?, there.killer().map_err(|e| e.to_string())?);
    let quiet = || Sinks { stdout: ignore, stderr: ignore };
    let submission_run = execute(here, sides.submission, sides.limits[0], sides.keep[0], quiet());
    let interactor_run = execute(there, sides.interactor, sides.limits[1], sides.keep[1], quiet());
    let (closed, gone) = (relays.interactor_closed.clone(), relays.interactor_gone.clone());
    let known = relays.known.clone();
    let relay = relays.run(watch.output_bytes, &kill_submission);
    tokio::pin!(submission_run, interactor_run, relay);
    let (mut submission, mut interactor) = (None, None);
    let (mut interactor_first, mut flooded, mut relaying) = (false, false, true);
    // Who is to end, and why.
    let mut doomed: Option<(&Killer, Kill)> = None;
    let mut moment: Option<Instant> = None;
    let (mut to_nobody, mut from_nobody) = (Sink::default(), Sink::default());
    let mut repeat = tokio::time::interval(REPEAT_KILL);
    repeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Where both have ended, the interactor did not know of the submission's end: it was the first.
            biased;
            ended = &mut interactor_run, if interactor.is_none() => {
                let ended = ended.map_err(|e| e.to_string())?;
                interactor_first = submission.is_none() || moment.take().is_some();
                let verdict = (watch.says)(&ended);
                flooded = watch.flooded(&ended, verdict, known.get());
                if submission.is_none() {
                    if flooded {
                        doomed = Some((&kill_submission, Kill::Stdout));
                    } else if matches!(verdict, Verdict::Ac | Verdict::Pc) {
                        from_nobody = Sink::new(held.from_submission.take()).map_err(|e| host(&e))?;
                    } else {
                        // Decided: it need not find out by SIGPIPE.
                        held.from_submission = None;
                        doomed = Some((&kill_submission, Kill::Partner));
                    }
                }
                repeat.reset_immediately();
                gone.notify_one();
                interactor = Some(ended);
            }
            ended = &mut submission_run, if submission.is_none() => {
                let ended = ended.map_err(|e| e.to_string())?;
                if interactor.is_none() {
                    match (watch.fault)(&ended) {
                        // A limit has fired: how the interactor takes it does not count, and it does not hear of it.
                        Some(Verdict::Sv | Verdict::Mle | Verdict::Ole | Verdict::Tle | Verdict::Ie) => {
                            doomed = Some((&kill_interactor, Kill::Partner));
                            repeat.reset_immediately();
                        }
                        Some(_) if held.interactor_is_silent(&closed) => moment = Some(Instant::now() + MOMENT),
                        _ => held.to_interactor = None,
                    }
                    to_nobody = Sink::new(held.to_submission.take()).map_err(|e| host(&e))?;
                }
                submission = Some(ended);
            }
            () = tokio::time::sleep_until(moment.unwrap_or_else(Instant::now)), if moment.is_some() => {
                moment = None;
                held.to_interactor = None;
            }
            _ = repeat.tick(), if doomed.is_some() => if let Some((killer, reason)) = doomed { killer.kill(reason) },
            _ = to_nobody.read(), if to_nobody.open() => {}
            n = from_nobody.read(), if from_nobody.open() => {
                if known.add(n) > watch.output_bytes {
                    kill_submission.kill(Kill::Stdout);
                    from_nobody = Sink::default();
                }
            }
            () = &mut relay, if relaying => relaying = false,
        }
        if submission.is_some() && interactor.is_some() {
            break;
        }
    }
    if relaying {
        // Both are dead: what is still on its way is for the transcript.
        let _ = tokio::time::timeout(MOMENT, relay).await;
    }
    match (submission, interactor) {
        (Some(submission), Some(interactor)) => {
            let known = if flooded { known.get().max(watch.output_bytes.saturating_add(1)) } else { known.get() };
            Ok(Ends { submission, interactor, interactor_first, flooded, known })
        }
        _ => Err("an interaction ended by half".into()),
    }
}
