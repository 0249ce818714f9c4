//! `assize grade`: a package against a class.
//!
//! ```text
//! find who handed in → plan (read, hash, look into the results file) → judge what is missing, each result kept at once → report
//! ```
//! `plan` decides what there is to do, `judge` does it, `journal` keeps it, `write` tells it.

mod bar;
mod fingerprint;
mod journal;
mod judge;
mod plan;
mod task;
mod write;

use self::journal::{Calibrated, Journal};
use self::judge::Court;
use self::plan::{Plan, Planned};
use self::task::Task;
use super::calibrate::Bench;
use super::open::{RealJudge, open_own_judge};
use super::stop::{self, Stop};
use crate::cli::GradeArgs;
use crate::model::{Millis, Verdict};
use crate::package::Package;
use crate::profile::Profiles;
use crate::report::{Outcome, Record, Report, table};
use crate::submission;
use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Runs `assize grade`; the exit status of the process.
pub fn grade(args: &GradeArgs) -> anyhow::Result<u8> {
    // Judging is done by other processes: two threads are enough to read, wait and write.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let status = runtime.block_on(async {
        let judge = open_own_judge(&args.judging)?;
        let status = with_judge(args, &judge).await;
        // Nothing may be left running; and if something should hang, its end comes with ours.
        let _ = tokio::time::timeout(Duration::from_secs(2), judge.close()).await;
        status
    });
    runtime.shutdown_background();
    status
}

async fn with_judge(args: &GradeArgs, judge: &Arc<RealJudge>) -> anyhow::Result<u8> {
    let profiles = judge.profiles();
    let package = open_package(&args.package, profiles)?;
    let class = submission::find(&args.submissions, args.each)?;
    let results = args.results.clone().unwrap_or_else(|| default_results(&package.name));
    let (mut journal, kept) = Journal::open(&results, args.resume)?;
    let fingerprint =
        fingerprint::of_package(&package.folder, package.format).with_context(|| format!("failed to read {}", args.package.display()))?;
    let time = time_limit(args, judge, &package, fingerprint, &mut journal, kept.calibrated).await?;
    let task = Task::new(args, package, fingerprint, time, profiles)?;
    let mut plan = Plan::new(&class, &task, profiles, kept.records);
    tell(args, &plan);

    let stop = Stop::default();
    let signals = tokio::spawn(stop::on_signal(stop.clone()));
    let bar = bar::Bar::new(args.quiet, plan.missing());
    let court = Arc::new(Court { judge: judge.clone(), task, profiles: RealJudge::profiles });
    let ended = judge::all(&court, &mut plan, &mut journal, args.judging.workers(), &stop, &bar).await;
    bar.clear();
    signals.abort();
    ended.with_context(|| format!("failed to write {}; what it has is good, go on with --resume", results.display()))?;
    if let (Some(stop::Reason::Signal(number)), true) = (stop.reason(), plan.missing() > 0) {
        say(&format!("interrupted: {} of {} not judged yet; go on with --resume\n", plan.missing(), plan.students.len()));
        return Ok(128 + number);
    }

    let report = court.task.report(plan.records());
    write::all(args, &report)?;
    std::io::stdout().lock().write_all(table(&report).as_bytes()).context("failed to write the table")?;
    Ok(exit_status(&report))
}

/// Given, the package's own, found before, or found now from the package's own submissions: in this order.
async fn time_limit(
    args: &GradeArgs,
    judge: &Arc<RealJudge>,
    package: &Package,
    fingerprint: blake3::Hash,
    journal: &mut Journal,
    before: Option<Calibrated>,
) -> anyhow::Result<Millis> {
    if let Some(given) = args.time_limit.or(package.limits.time) {
        return Ok(given);
    }
    let name = fingerprint.to_hex().to_string();
    if let Some(before) = before.filter(|b| b.package == name) {
        return Ok(before.calibrated_time_limit_ms);
    }
    let bench = Bench { judge, package, bar: ProgressBar::hidden() };
    let (found, _) = bench.time_limit().await?;
    journal.append(&Calibrated { calibrated_time_limit_ms: found, package: name }).context("failed to keep the time limit")?;
    if !args.quiet {
        say(&format!("the time limit is {} ms, by the package's own submissions\n", found.get()));
    }
    Ok(found)
}

fn open_package(path: &Path, profiles: &Profiles) -> anyhow::Result<Package> {
    match Package::open(path, profiles) {
        Ok(package) => {
            for warning in &package.warnings {
                tracing::info!("{}: {warning}", path.display());
            }
            Ok(package)
        }
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(|p| format!("\n  {p}")).collect();
            bail!("{} can't be used:{}", path.display(), all.concat())
        }
    }
}

/// In the working directory: named for the package, so that several assignments can be graded in one place.
fn default_results(package: &str) -> PathBuf {
    PathBuf::from(format!("{package}.results.jsonl"))
}

/// What is known before anything is judged: who can't be, and who was.
fn tell(args: &GradeArgs, plan: &Plan) {
    if args.quiet {
        return;
    }
    let unclear = plan.students.iter().filter(|p| matches!(&p.1, Planned::Done(r) if matches!(r.outcome, Outcome::Problem(_)))).count();
    if unclear > 0 {
        say(&format!("{unclear} of {} can't be judged as they are; the reasons stand below the table\n", plan.students.len()));
    }
    let kept = plan.students.len() - plan.missing() - unclear;
    if kept > 0 {
        say(&format!("{kept} of {} were judged before and have not changed\n", plan.students.len()));
    }
}

/// stderr may be closed; there is nobody to tell then.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// See `assize grade --help`.
fn exit_status(report: &Report) -> u8 {
    let ours = |r: &Record| match &r.outcome {
        Outcome::Judged(response) => response.verdict == Verdict::Ie,
        Outcome::Error(e) => e.kind == crate::model::ErrorKind::Internal,
        Outcome::Problem(_) => false,
    };
    if report.students.iter().any(ours) { 3 } else { u8::from(report.students.iter().any(|r| r.response().is_none())) }
}
