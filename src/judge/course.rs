//! The tests of one request: handed out to lanes, and what they came to.
use super::Judge;
use super::pipeline::Case;
use super::report::{Facts, skipped};
use super::scoring::{Credit, Planner, TestResult, points_of};
use super::test::{self, Done};
use crate::model::{Event, Reason, TestReport};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::Sender;

/// A request's tests on their way. Any number of lanes may be on it.
pub(super) struct Course {
    judge: Arc<Judge>,
    case: Arc<Case>,
    events: Option<Sender<Event>>,
    state: Mutex<State>,
}

struct State {
    planner: Planner,
    reports: Vec<Option<(TestReport, Option<Credit>)>>,
    /// A test may be found to be SK while it runs: what it then comes to does not count.
    fates: Vec<Option<Reason>>,
    /// What held the last run.
    facts: Option<Facts>,
}

impl Course {
    pub(super) fn new(judge: Arc<Judge>, case: Arc<Case>, events: Option<Sender<Event>>) -> Self {
        let tests = case.request.tests.len();
        let state = State { planner: Planner::new(&case.request), reports: vec![None; tests], fates: vec![None; tests], facts: None };
        let course = Self { judge, case, events, state: Mutex::new(state) };
        course.state().settle(Planner::settle);
        course
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can be left half done by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one test after the other, until none is left to start. From test to test by itself: a task for each test, and one that
    /// hears of their ends, would wake each other, and the runtime's threads, several times a test.
    pub(super) async fn lane(self: Arc<Self>) {
        loop {
            let Some(next) = self.state().planner.next() else { return };
            let mut done = {
                let _near = self.judge.pool.come_near().await;
                test::run(&self.judge, &self.case, next).await
            };
            if let Some(events) = &self.events {
                let result = TestResult { verdict: done.report.verdict, credit: done.credit };
                done.report.points = points_of(result, self.case.request.tests[done.test].points).points;
                let _ = events.send(Event::Test { test: Box::new(done.report.clone()) }).await;
            }
            self.state().take(done);
        }
    }

    /// What all tests came to, in test order, once every lane has ended; and what held the last run, if there was one.
    pub(super) fn finish(&self) -> (Vec<(TestReport, Option<Credit>)>, Option<Facts>) {
        let mut state = self.state();
        let (reports, fates) = (std::mem::take(&mut state.reports), std::mem::take(&mut state.fates));
        let settled = reports.into_iter().zip(fates).enumerate().map(|(i, (report, fate))| match (report, fate) {
            (Some(report), None) => report,
            (_, fate) => (skipped(&self.case, i, fate.unwrap_or(Reason::StopOn)), None),
        });
        (settled.collect(), state.facts.take())
    }
}

impl State {
    fn take(&mut self, done: Done) {
        let Done { test, report, credit, facts } = done;
        if facts.is_some() {
            self.facts = facts;
        }
        let verdict = report.verdict;
        self.reports[test] = Some((report, credit));
        self.settle(|planner| planner.record(test, verdict));
    }

    fn settle(&mut self, ask: impl FnOnce(&mut Planner) -> Vec<(usize, Option<Reason>)>) {
        for (settled, reason) in ask(&mut self.planner) {
            self.fates[settled] = reason;
        }
    }
}
