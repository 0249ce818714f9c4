//! A package's own submissions, judged; and from what they take, a time limit where the package gives none.
use super::Judge;
use super::open::RealJudge;
use crate::model::{ErrorKind, ErrorReport, Millis, Request, Response, Verdict};
use crate::package::{Bracket, Package, Submission, Timed};
use crate::profile::Language;
use anyhow::Context as _;
use indicatif::ProgressBar;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a submission that must be fast enough may take while there is no limit yet, in milliseconds.
const SEARCH_LIMIT: f64 = 60_000.0;
/// Requests under way: one is compiled while the tests of another are run.
const WINDOW: usize = 2;

/// One of the package's submissions, judged.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// Its place in the package.
    pub submission: usize,
    /// The limit it had.
    pub limit: Millis,
    pub response: Result<Response, ErrorReport>,
}

/// Something to judge: which submission, with which time limit, and on which tests (none: all).
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub submission: usize,
    pub limit: Millis,
    pub tests: Option<Vec<String>>,
}

/// The package's submissions and the judge they go to.
#[derive(Debug, Clone)]
pub(super) struct Bench<'a> {
    pub judge: &'a Arc<RealJudge>,
    pub package: &'a Package,
    pub bar: ProgressBar,
}

impl Bench<'_> {
    pub(super) fn submission(&self, index: usize) -> &Submission {
        &self.package.submissions[index]
    }

    fn language(&self, index: usize) -> Result<&Arc<Language>, ErrorReport> {
        let id = &self.submission(index).program.language;
        let missing = || ErrorReport {
            kind: ErrorKind::InvalidRequest,
            path: "language".into(),
            message: format!("there is no language profile {id:?} (see `assize languages`)"),
        };
        self.judge.profiles().language(id).ok_or_else(missing)
    }

    /// A language's time factor.
    pub(super) fn factor(&self, index: usize) -> f64 {
        self.language(index).map_or(1.0, |l| l.time_factor())
    }

    /// Judges all of these, and returns what came of them in the same order.
    pub(super) async fn judge(&self, asked: Vec<Asked>) -> anyhow::Result<Vec<Judged>> {
        self.bar.inc_length(asked.len() as u64);
        let mut waiting = asked.into_iter().enumerate();
        let mut running = JoinSet::new();
        let mut done = Vec::new();
        loop {
            while running.len() < WINDOW {
                let Some((at, asked)) = waiting.next() else { break };
                let request = self.request(&asked);
                let judge = self.judge.clone();
                running.spawn(async move {
                    let response = match request {
                        Ok(request) => judge.judge(at as u64, request, CancellationToken::new(), None).await,
                        Err(error) => Err(error),
                    };
                    (at, Judged { submission: asked.submission, limit: asked.limit, response })
                });
            }
            let Some(ended) = running.join_next().await else { break };
            done.push(ended.context("the judge failed")?);
            self.bar.inc(1);
        }
        done.sort_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, judged)| judged).collect())
    }

    fn request(&self, asked: &Asked) -> Result<Request, ErrorReport> {
        let program = &self.submission(asked.submission).program;
        let mut request = self.package.request(program, self.language(asked.submission)?, asked.limit);
        if let Some(only) = &asked.tests {
            request.tests.retain(|t| t.id.as_ref().is_some_and(|id| only.contains(id)));
            // One test's outcome must not decide about another's now.
            request.groups.clear();
            for test in &mut request.tests {
                test.group = None;
            }
        }
        Ok(request)
    }

    /// The limit: the package's own, or calibrated from the submissions that must be fast enough, which are judged for
    /// it; those are returned with it.
    pub(super) async fn time_limit(&self) -> anyhow::Result<(Millis, Vec<Judged>)> {
        if let Some(limit) = self.package.limits.time {
            return Ok((limit, Vec::new()));
        }
        let all = 0..self.package.submissions.len();
        let good: Vec<usize> = all.filter(|s| self.submission(*s).expected.any_bounds().lower).collect();
        if good.is_empty() {
            anyhow::bail!("the package has no time limit, and no accepted submission to calibrate one from: give --time-limit");
        }
        let search = Millis::new(SEARCH_LIMIT).context("no limit")?;
        let asked = good.into_iter().map(|submission| Asked { submission, limit: search, tests: None }).collect();
        let judged = self.judge(asked).await?;
        let mut bracket = Bracket::default();
        for j in &judged {
            self.add_good(&mut bracket, j);
        }
        let slowest = bracket.slowest_good.context(
            "no time limit can be calibrated: none of the submissions that must be fast enough could be run (give --time-limit to see why)",
        )?;
        if slowest.at_least {
            anyhow::bail!(
                "no time limit can be calibrated: {} takes more than {} s on {}; give --time-limit",
                slowest.submission,
                SEARCH_LIMIT / 1000.0,
                slowest.test
            );
        }
        let limit = self.package.limits.margins.least_limit(slowest.ms).context("the calibrated time limit is more than a week")?;
        Ok((limit, judged))
    }

    /// Takes note of what tests took that must be fast enough.
    pub(super) fn add_good(&self, bracket: &mut Bracket, judged: &Judged) {
        for timed in self.timed(judged, |bounds| bounds.lower) {
            bracket.add_good(timed);
        }
    }

    /// What the tests took that are bound in the way asked for.
    pub(super) fn timed(&self, judged: &Judged, bound: fn(crate::package::Bounds) -> bool) -> Vec<Timed> {
        let submission = self.submission(judged.submission);
        let factor = self.factor(judged.submission);
        let tests = judged.response.as_ref().map(|r| r.tests.as_slice()).unwrap_or_default();
        let tests = tests.iter().filter(|t| !matches!(t.verdict, Verdict::Sk | Verdict::Ie) && bound(submission.expected.bounds(&t.id)));
        let timed = |t: &crate::model::TestReport| {
            let slow = t.verdict == Verdict::Tle;
            let ms = t.cpu_time_ms / factor;
            // Ended by the wall clock: it waits rather than works, and is too slow all the same.
            let ms = if slow { ms.max(judged.limit.get()) } else { ms };
            Timed { submission: submission.name.clone(), test: t.id.clone(), ms, at_least: slow }
        };
        tests.map(timed).collect()
    }
}
