//! `assize verify`: a package's own submissions, and whether each got what it must.
mod table;

use super::calibrate::{Asked, Bench, Judged};
use super::open::{RealJudge, open_own_judge};
use super::stop::{Reason, Stop, on_signal};
use crate::cli::VerifyArgs;
use crate::model::{Millis, TestReport, Verdict};
use crate::package::{Bracket, Format, Glob, Package, Problem, Scoring, Timed};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// All there is to say. The keys are those of `--json`.
#[derive(Debug, Serialize)]
struct Verified {
    package: String,
    title: String,
    format: String,
    /// Whether all is as expected.
    ok: bool,
    tests: usize,
    #[serde(skip)]
    scoring: bool,
    time_limit_ms: f64,
    /// From the package's submissions, not given.
    calibrated: bool,
    #[serde(flatten)]
    bracket: Bracket,
    /// What is odd, but no mismatch.
    warnings: Vec<String>,
    submissions: Vec<Row>,
    #[serde(skip)]
    margins: Option<crate::package::Margins>,
}

/// One submission.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    language: String,
    expected: String,
    /// Null: it could not be judged.
    verdict: Option<Verdict>,
    /// The first test with this verdict, where it failed.
    test: Option<String>,
    ok: bool,
    /// What is not as it must be.
    faults: Vec<String>,
    points: f64,
    max_points: f64,
    /// The most of any test, in milliseconds.
    cpu_time_ms: f64,
    /// What it was allowed: the limit times the language's factor.
    limit_ms: f64,
    memory_bytes: u64,
    tests: Vec<TestRow>,
}

/// One test of a submission.
#[derive(Debug, Serialize)]
struct TestRow {
    id: String,
    verdict: Verdict,
    points: f64,
    cpu_time_ms: f64,
    memory_bytes: u64,
    judge_message: String,
}

/// Runs `assize verify`; the exit status of the process.
pub fn verify(args: &VerifyArgs) -> anyhow::Result<u8> {
    let only = args.only.iter().map(|p| Glob::new(p)).collect::<Result<Vec<_>, _>>().map_err(|e| anyhow::anyhow!("--only: {e}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let verified = runtime.block_on(async {
        let stop = Stop::default();
        let watcher = tokio::spawn(on_signal(stop.clone()));
        let judge = open_own_judge(&args.judging)?;
        let verified = tokio::select! {
            verified = open_and_check(&judge, args, &only) => verified,
            // The package is dropped then, its runs end, and what was unpacked is removed.
            () = stop.stopped() => Ok(Err(interrupted(stop.reason()))),
        };
        watcher.abort();
        // Nothing may be left running.
        let _ = tokio::time::timeout(Duration::from_secs(2), judge.close()).await;
        verified
    });
    runtime.shutdown_background();
    let verified = match verified? {
        Ok(verified) => verified,
        Err(status) => return Ok(status),
    };
    let text = if args.json { serde_json::to_string_pretty(&verified)? + "\n" } else { table::text(&verified, args.tests) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(u8::from(!verified.ok))
}

/// What was found, or the exit status where nothing was.
type Found = Result<Verified, u8>;

async fn open_and_check(judge: &Arc<RealJudge>, args: &VerifyArgs, only: &[Glob]) -> anyhow::Result<Found> {
    let mut package = match Package::open(&args.package, judge.profiles()) {
        Ok(package) => package,
        Err(problems) => return refuse(&problems),
    };
    package.limits.time = args.time_limit.or(package.limits.time);
    package.limits.run.wall_time_ms = args.wall_time.or(package.limits.run.wall_time_ms);
    let bench = Bench { judge, package: &package, bar: bar(args) };
    let verified = check(&bench, only).await;
    bench.bar.finish_and_clear();
    verified.map(Ok)
}

fn interrupted(why: Option<Reason>) -> u8 {
    match why {
        Some(Reason::Signal(number)) => 128 + number,
        _ => 1,
    }
}

/// Every problem, a line each.
fn refuse(problems: &[Problem]) -> anyhow::Result<Found> {
    let mut err = std::io::stderr().lock();
    for problem in problems {
        writeln!(err, "{problem}")?;
    }
    let errors = problems.iter().filter(|p| p.is_error()).count();
    writeln!(err, "assize: the package can't be used: {errors} {}", if errors == 1 { "error" } else { "errors" })?;
    Ok(Err(2))
}

fn bar(args: &VerifyArgs) -> ProgressBar {
    if !super::progress::wanted(args.quiet) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} judged, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

async fn check(bench: &Bench<'_>, only: &[Glob]) -> anyhow::Result<Verified> {
    let package = bench.package;
    let wanted: Vec<usize> = (0..package.submissions.len())
        .filter(|s| only.is_empty() || only.iter().any(|glob| glob.matches(&package.submissions[*s].name)))
        .collect();
    if wanted.is_empty() {
        let what = if only.is_empty() { "the package has no submissions" } else { "no submission matches --only" };
        anyhow::bail!("{what}: there is nothing to verify");
    }
    let (limit, calibrating) = bench.time_limit().await?;
    // Judged once for the calibration, within the limit that came of it: nothing would change.
    let known = |s: usize| calibrating.iter().find(|j| j.submission == s);
    let asked = wanted.iter().filter(|s| known(**s).is_none());
    let asked = asked.map(|s| Asked { submission: *s, limit, tests: None }).collect();
    let mut judged = bench.judge(asked).await?;
    judged.extend(calibrating.iter().filter(|j| wanted.contains(&j.submission)).cloned());
    judged.sort_by_key(|j| j.submission);
    let bracket = bracket(bench, limit, &judged, &calibrating).await?;
    let rows: Vec<Row> = judged.iter().map(|j| row(bench, j, limit)).collect();
    let mut warnings: Vec<String> = package.warnings.iter().map(ToString::to_string).collect();
    let too_near = package.limits.margins.too_near(limit, &bracket);
    // "It is an error if no such multiple exists": a calibrated limit keeps both margins or is none.
    let calibrated = !calibrating.is_empty();
    let ok = rows.iter().all(|r| r.ok) && (too_near.is_empty() || !calibrated);
    warnings.extend(too_near);
    Ok(Verified {
        package: package.name.clone(),
        title: package.title.clone(),
        format: package.format.to_string(),
        ok,
        tests: package.tests.len(),
        scoring: package.scoring == Scoring::Points,
        time_limit_ms: limit.get(),
        calibrated,
        bracket,
        warnings,
        submissions: rows,
        margins: (package.format != Format::Data).then_some(package.limits.margins),
    })
}

/// Those nearest to the limit on either side. Those that must be too slow are run again, on the tests they were too slow
/// on, with the limit that they should be above.
async fn bracket(bench: &Bench<'_>, limit: Millis, judged: &[Judged], calibrating: &[Judged]) -> anyhow::Result<Bracket> {
    let mut bracket = Bracket::default();
    for j in judged.iter().chain(calibrating) {
        bench.add_good(&mut bracket, j);
    }
    let above = limit.scaled(bench.package.limits.margins.limit_to_too_slow);
    let slow = judged.iter().filter(|j| bench.submission(j.submission).expected.any_bounds().upper);
    let mut longest: Vec<Option<Timed>> = Vec::new();
    let mut again = Vec::new();
    for j in slow {
        let timed = bench.timed(j, |bounds| bounds.upper);
        let ended: Vec<String> = timed.iter().filter(|t| t.at_least).map(|t| t.test.clone()).collect();
        // Without a margin there is nothing above the limit to look at.
        if ended.is_empty() || above == limit {
            longest.push(slowest(timed));
        } else {
            again.push(Asked { submission: j.submission, limit: above, tests: Some(ended) });
        }
    }
    for j in bench.judge(again).await? {
        longest.push(slowest(bench.timed(&j, |bounds| bounds.upper)));
    }
    for timed in longest.into_iter().flatten() {
        bracket.add_too_slow(timed);
    }
    Ok(bracket)
}

fn slowest(timed: Vec<Timed>) -> Option<Timed> {
    timed.into_iter().max_by(|a, b| a.ms.total_cmp(&b.ms))
}

fn row(bench: &Bench<'_>, judged: &Judged, limit: Millis) -> Row {
    let submission = bench.submission(judged.submission);
    let mut row = Row {
        name: submission.name.clone(),
        language: submission.program.language.clone(),
        expected: submission.expected.to_string(),
        verdict: None,
        test: None,
        ok: false,
        faults: Vec::new(),
        points: 0.0,
        max_points: 0.0,
        cpu_time_ms: 0.0,
        limit_ms: limit.scaled(bench.factor(judged.submission)).get(),
        memory_bytes: 0,
        tests: Vec::new(),
    };
    match &judged.response {
        Err(error) => {
            let place = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path) };
            row.faults.push(format!("could not be judged: {place}{}", error.message));
        }
        Ok(response) => {
            row.faults = submission.expected.check(response);
            row.verdict = Some(response.verdict);
            row.test = response.tests.iter().find(|t| t.verdict == response.verdict && !t.verdict.passed()).map(|t| t.id.clone());
            (row.points, row.max_points) = (response.points, response.max_points);
            (row.cpu_time_ms, row.memory_bytes) = (response.cpu_time_ms, response.memory_bytes);
            row.tests = response.tests.iter().map(test_row).collect();
        }
    }
    row.ok = row.faults.is_empty();
    row
}

fn test_row(test: &TestReport) -> TestRow {
    TestRow {
        id: test.id.clone(),
        verdict: test.verdict,
        points: test.points,
        cpu_time_ms: test.cpu_time_ms,
        memory_bytes: test.memory_bytes,
        judge_message: test.judge_message.clone(),
    }
}
