//! One request → one response: check, compile, run the tests, add up.
use super::Judge;
use super::compile::{Asked, Compiled, unavailable};
use super::content::{Sources, invalid};
use super::course::Course;
use super::custom::Prepared;
use super::report::{Facts, skipped};
use super::scoring::{Credit, TestResult, score};
use super::test;
use crate::model::{
    Cpus, ErrorKind, ErrorReport, Event, GroupReport, Interactor, Limits, Reason, Request, Response, SandboxReport, TestReport, Verdict,
};
use crate::pool::fits;
use crate::profile::Language;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// A request on its way, shared by its tests.
pub(super) struct Case {
    pub request: Request,
    pub language: Arc<Language>,
    pub compiled: Compiled,
    /// None: a built-in one.
    pub checker: Option<Prepared>,
    pub interactor: Option<Prepared>,
}

impl Case {
    pub(super) fn limits(&self, test: usize) -> Limits {
        limits(&self.request, &self.language, test)
    }
}

fn limits(request: &Request, language: &Language, test: usize) -> Limits {
    let own = request.tests.get(test).map(|t| t.limits).unwrap_or_default();
    language.limits(own.or(request.limits))
}

impl Judge {
    /// The whole way of one request.
    pub(super) async fn answer(
        self: Arc<Self>,
        index: u64,
        request: Request,
        events: Option<Sender<Event>>,
    ) -> Result<Response, ErrorReport> {
        let language = self.language(&request.language)?;
        self.check_contents(&request, &language).await?;
        let sources = Sources::read(&self, request.source.as_ref(), &request.files).await?;
        let asked = Asked { entry_point: request.entry_point.as_deref(), args: &request.compile.args, limits: request.compile.limits };
        let compiled = self.compile(&language, &sources, &asked).await?;
        drop(sources);
        if let (Some(events), Some(report)) = (&events, &compiled.report) {
            let _ = events.send(Event::Compiled { compile: Box::new(report.clone()) }).await;
        }
        let (checker, interactor) = self.judging_programs(&request, &compiled).await?;
        let case = Arc::new(Case { request, language, compiled, checker, interactor });
        Self::check_commands(&case)?;
        let mut facts = Facts { landlock_abi: crate::sandbox::landlock_abi(), seccomp: String::new() };
        let tests = match &case.compiled.app {
            Some(_) => self.run_tests(&case, events.as_ref(), &mut facts).await?,
            None => (0..case.request.tests.len()).map(|i| (skipped(&case, i, Reason::Compile), None)).collect(),
        };
        let response = self.respond(index, &case, tests, facts);
        if let Some(events) = &events {
            for group in &response.groups {
                let _ = events.send(Event::Group { group: group.clone() }).await;
            }
        }
        Ok(response)
    }

    pub(super) fn language(&self, id: &str) -> Result<Arc<Language>, ErrorReport> {
        self.profiles.language(id).cloned().ok_or_else(|| {
            let known: Vec<&str> = self.profiles.languages().map(|l| l.id()).collect();
            invalid("language", format!("there is no language {id:?}; there are {} (`assize languages`)", known.join(", ")))
        })
    }

    /// The checker and the interactor, where they are programs and there is something to judge.
    async fn judging_programs(&self, request: &Request, compiled: &Compiled) -> Result<(Option<Prepared>, Option<Prepared>), ErrorReport> {
        if compiled.app.is_none() || request.tests.is_empty() {
            return Ok((None, None));
        }
        let (mut checker, mut interactor) = (None, None);
        if let Some(program) = request.checker().program() {
            checker = Some(Box::pin(Prepared::new(self, program)).await?);
        }
        if let Some(program) = request.interactor.as_ref().map(Interactor::program) {
            interactor = Some(Box::pin(Prepared::new(self, program)).await?);
        }
        // Each test's arguments are for the one that has the last word.
        if let Some(judge) = checker.as_ref().or(interactor.as_ref()) {
            for (i, test) in request.tests.iter().enumerate() {
                if i == 0 || test.checker_args.is_some() {
                    judge.check_args(&format!("tests[{i}].checker_args"), test.checker_args.as_deref())?;
                }
            }
        }
        Ok((checker, interactor))
    }

    /// Everything that can be wrong with what the request points to is found before anything is run.
    async fn check_contents(&self, request: &Request, language: &Language) -> Result<(), ErrorReport> {
        for (i, test) in request.tests.iter().enumerate() {
            self.size(&format!("tests[{i}].stdin"), &test.stdin).await?;
            if let Some(answer) = &test.answer {
                self.size(&format!("tests[{i}].answer"), answer).await?;
            }
            let disk = limits(request, language, i).disk_bytes;
            let mut total = 0_u64;
            for (name, content) in test.files.iter() {
                let place = format!("tests[{i}].files.{name}");
                // Each takes whole pages in the box.
                total = total.saturating_add(self.size(&place, content).await?.next_multiple_of(4096));
                if total > disk {
                    return Err(invalid(place, format!("the test's files have more bytes than its `disk_bytes` limit ({disk}); raise it")));
                }
            }
        }
        Ok(())
    }

    fn check_commands(case: &Case) -> Result<(), ErrorReport> {
        let Some(_) = &case.compiled.app else { return Ok(()) };
        for i in 0..case.request.tests.len().max(1) {
            // Only arguments can differ between tests; where none does, one look is enough.
            if i > 0 && case.request.tests[i].args.is_none() {
                continue;
            }
            let plan = test::plan(case, i).map_err(|e| unavailable(&e))?;
            if !fits(&plan.argv, &[plan.env.as_slice(), case.compiled.links.as_slice()].concat()) {
                return Err(invalid(format!("tests[{i}].args"), "the arguments are too long together; at most about 140000 bytes"));
            }
        }
        Ok(())
    }

    /// As many tests at once as there are workers, begun in test order; one more waits for its slot.
    async fn run_tests(
        self: &Arc<Self>,
        case: &Arc<Case>,
        events: Option<&Sender<Event>>,
        facts: &mut Facts,
    ) -> Result<Vec<(TestReport, Option<Credit>)>, ErrorReport> {
        let course = Arc::new(Course::new(self.clone(), case.clone(), events.cloned()));
        // Dropped with this future: then its tasks end, and with them the runs.
        let mut others = JoinSet::new();
        for _ in 1..case.request.tests.len().min(self.pool.workers() + 1) {
            others.spawn(course.clone().lane());
        }
        // On the heap: a request's own future would carry room for it.
        Box::pin(course.clone().lane()).await;
        while let Some(ended) = others.join_next().await {
            ended.map_err(|e| super::content::internal("tests", e))?;
        }
        let (tests, seen) = course.finish();
        if let Some(seen) = seen {
            *facts = seen;
        }
        Ok(tests)
    }

    fn respond(&self, index: u64, case: &Case, tests: Vec<(TestReport, Option<Credit>)>, facts: Facts) -> Response {
        let results: Vec<TestResult> = tests.iter().map(|(t, credit)| TestResult { verdict: t.verdict, credit: *credit }).collect();
        let mut tests: Vec<TestReport> = tests.into_iter().map(|(report, _)| report).collect();
        let scores = score(&case.request, &results);
        for (test, points) in tests.iter_mut().zip(&scores.tests) {
            (test.points, test.max_points) = (points.points, points.max_points);
        }
        let groups = case.request.groups.iter().zip(&scores.groups);
        let groups = groups
            .map(|(g, s)| GroupReport { id: g.id.clone(), verdict: s.verdict, points: s.points.points, max_points: s.points.max_points })
            .collect();
        let ran = || tests.iter().filter(|t| t.verdict != Verdict::Sk);
        let most = |of: fn(&TestReport) -> f64| ran().map(of).fold(0.0, f64::max);
        let verdict = match &case.compiled.report {
            Some(report) if report.verdict == Verdict::Ie => Verdict::Ie,
            Some(report) if report.verdict != Verdict::Ok => Verdict::Ce,
            _ => scores.request.verdict,
        };
        Response {
            schema: 1,
            index,
            id: case.request.id.clone(),
            labels: case.request.labels.clone(),
            verdict,
            points: scores.request.points.points,
            max_points: scores.request.points.max_points,
            cpu_time_ms: most(|t| t.cpu_time_ms),
            wall_time_ms: most(|t| t.wall_time_ms),
            memory_bytes: ran().map(|t| t.memory_bytes).max().unwrap_or(0),
            limits: case.language.limits(case.request.limits),
            compile: case.compiled.report.clone(),
            groups,
            sandbox: SandboxReport {
                limits: self.pool.mode().as_str().to_owned(),
                landlock_abi: facts.landlock_abi,
                seccomp: facts.seccomp,
                uid_map: self.pool.ids().as_str().to_owned(),
                cpus: self.pool.cpu_quota_us().map(Cpus::of_quota),
            },
            tests,
        }
    }
}

/// The error of a request that nobody waits for any more.
pub(super) fn cancelled() -> ErrorReport {
    ErrorReport { kind: ErrorKind::Cancelled, path: String::new(), message: "the request was cancelled".into() }
}
