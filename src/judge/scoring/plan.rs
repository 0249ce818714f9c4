//! Which tests are run, and which become SK.
//!
//! Tests are gone through in test order; but one that waits for a group whose tests come later (`requires`) takes its
//! turn right after them, so that nothing ever depends on what comes after it. A test is SK if a group that it, or a
//! group around it, requires did not pass (all its tests AC or OK), or if an earlier test stopped it:
//!
//! - every group around a failed test that has a `stop_on` of its own acts: `group_failure` stops that group, with the
//!   groups in it, `first_failure` the request, `never` nothing;
//! - where none has, the request's `stop_on` acts: `group_failure` stops the failed test's innermost group.
//!
//! Failed is every verdict but AC, OK and SK. While results are missing all this is three-valued: `Yes` and `No` are for
//! certain, whatever the missing results will be.
use super::tree::Tree;
use crate::model::{Reason, Request, StopOn, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tri {
    No,
    Maybe,
    Yes,
}

/// Which tests are SK by now, and why: `None` is a test that keeps its result, must be run, or can't be told yet.
/// That a test is SK never changes as results come in; the reason may, until nothing is missing before it.
pub fn finalize(request: &Request, results: &[Option<Verdict>]) -> Vec<Option<Reason>> {
    Plan::new(request).fates(results)
}

/// False when it is already certain that the test will be SK.
pub fn may_run(request: &Request, results_so_far: &[Option<Verdict>], index: usize) -> bool {
    finalize(request, results_so_far).get(index).is_some_and(Option::is_none)
}

/// What a request says about order and stopping.
#[derive(Debug)]
struct Plan {
    tree: Tree,
    /// Tests by turn.
    order: Vec<usize>,
    /// How many tests are in each group, those of groups in it too.
    sizes: Vec<usize>,
    stop_on: StopOn,
    group_stop_on: Vec<Option<StopOn>>,
}

/// What is known after some turns.
#[derive(Debug, Clone)]
struct State {
    request: Tri,
    groups: Vec<GroupState>,
}

#[derive(Debug, Clone)]
struct GroupState {
    stopped: Tri,
    /// Whether a required group did not pass, once that is certain.
    unmet: Option<bool>,
    /// Tests that had their turn.
    done: usize,
    passed: usize,
    failed: bool,
}

/// Whether a test is SK, by cause.
#[derive(Debug, Clone, Copy)]
struct Skip {
    unmet: Tri,
    by_group: Tri,
    by_request: Tri,
}

impl Skip {
    fn any(self) -> Tri {
        self.unmet.max(self.by_group).max(self.by_request)
    }

    fn reason(self) -> Option<Reason> {
        match (self.unmet, self.any()) {
            (Tri::Yes, _) => Some(Reason::Requires),
            (_, Tri::Yes) => Some(Reason::StopOn),
            _ => None,
        }
    }
}

impl Plan {
    fn new(request: &Request) -> Self {
        let tree = Tree::new(request);
        let mut sizes = vec![0; request.groups.len()];
        for test in 0..request.tests.len() {
            tree.around(test).for_each(|g| sizes[g] += 1);
        }
        Self {
            order: turns(&tree, request.tests.len()),
            sizes,
            stop_on: request.stop_on.unwrap_or_default(),
            group_stop_on: request.groups.iter().map(|g| g.stop_on).collect(),
            tree,
        }
    }

    fn fates(&self, results: &[Option<Verdict>]) -> Vec<Option<Reason>> {
        let mut fates = vec![None; self.order.len()];
        let mut state = State::new(self);
        for &test in &self.order {
            fates[test] = state.turn(self, test, results.get(test).copied().flatten()).reason();
        }
        fates
    }
}

/// Tests by turn: by place, but for those that wait for a later one.
fn turns(tree: &Tree, tests: usize) -> Vec<usize> {
    // A turn is the place of the test waited for, and how many waits stand between.
    let mut ready = vec![None::<(usize, usize)>; tree.parent.len()];
    let turn = |ready: &[Option<(usize, usize)>], test: usize| match tree.group_of[test].and_then(|g| ready[g]) {
        Some((place, waits)) if place >= test => (place, waits + 1),
        _ => (test, 0),
    };
    // Groups that require one another by way of groups in them would go on for ever; none of them can pass anyway.
    for _ in 0..=tree.parent.len() {
        let mut last = vec![None; tree.parent.len()];
        for test in 0..tests {
            let at = Some(turn(&ready, test));
            tree.around(test).for_each(|g| last[g] = at.max(last[g]));
        }
        let mut next = vec![None; ready.len()];
        for &group in &tree.outer_first {
            let outer = tree.parent[group].and_then(|outer| next[outer]);
            next[group] = tree.requires[group].iter().map(|r| last[*r]).fold(outer, Option::max);
        }
        if next == ready {
            break;
        }
        ready = next;
    }
    let mut order: Vec<usize> = (0..tests).collect();
    order.sort_by_key(|test| (turn(&ready, *test), *test));
    order
}

impl State {
    fn new(plan: &Plan) -> Self {
        let group = GroupState { stopped: Tri::No, unmet: None, done: 0, passed: 0, failed: false };
        Self { request: Tri::No, groups: vec![group; plan.sizes.len()] }
    }

    fn skip(&mut self, plan: &Plan, test: usize) -> Skip {
        let mut skip = Skip { unmet: Tri::No, by_group: Tri::No, by_request: self.request };
        for group in plan.tree.around(test) {
            skip.unmet = skip.unmet.max(self.unmet(plan, group));
            skip.by_group = skip.by_group.max(self.groups[group].stopped);
        }
        skip
    }

    fn unmet(&mut self, plan: &Plan, group: usize) -> Tri {
        if let Some(known) = self.groups[group].unmet {
            return if known { Tri::Yes } else { Tri::No };
        }
        let one = |required: usize| {
            let state = &self.groups[required];
            // A test of it that comes later: the two wait for each other.
            if state.failed || state.done < plan.sizes[required] {
                Tri::Yes
            } else if state.passed == state.done {
                Tri::No
            } else {
                Tri::Maybe
            }
        };
        let unmet = plan.tree.requires[group].iter().map(|r| one(*r)).max().unwrap_or(Tri::No);
        self.groups[group].unmet = (unmet != Tri::Maybe).then_some(unmet == Tri::Yes);
        unmet
    }

    /// A test has its turn, with a result or without one yet.
    fn turn(&mut self, plan: &Plan, test: usize, result: Option<Verdict>) -> Skip {
        let skip = self.skip(plan, test);
        let failed = match result {
            None => Tri::Maybe,
            Some(verdict) if verdict.passed() || verdict == Verdict::Sk => Tri::No,
            Some(_) => Tri::Yes,
        };
        let passes = match (skip.any(), result) {
            (Tri::No, Some(verdict)) => Some(verdict.passed()),
            (Tri::Maybe, Some(verdict)) if !verdict.passed() => Some(false),
            (Tri::Yes, _) => Some(false),
            _ => None,
        };
        for group in plan.tree.around(test) {
            let state = &mut self.groups[group];
            state.done += 1;
            state.passed += usize::from(passes == Some(true));
            state.failed |= passes == Some(false);
        }
        // A test that failed, but may yet be SK because its group is stopped: then that group, and all in it, is stopped
        // without it; only whether the whole request is may depend on it.
        let (stops_group, stops_request) = match (skip.any(), failed) {
            (Tri::Yes, _) | (_, Tri::No) => (Tri::No, Tri::No),
            (_, Tri::Maybe) => (Tri::Maybe, Tri::Maybe),
            (Tri::No, Tri::Yes) => (Tri::Yes, Tri::Yes),
            (Tri::Maybe, Tri::Yes) if skip.unmet != Tri::No => (Tri::Maybe, Tri::Maybe),
            (Tri::Maybe, Tri::Yes) => (Tri::Yes, if skip.by_group == Tri::No { Tri::Yes } else { Tri::Maybe }),
        };
        self.stop(plan, test, stops_group, stops_request);
        skip
    }

    fn stop(&mut self, plan: &Plan, test: usize, group: Tri, request: Tri) {
        let mut own = false;
        for g in plan.tree.around(test) {
            let Some(stop_on) = plan.group_stop_on[g] else { continue };
            own = true;
            match stop_on {
                StopOn::Never => {}
                StopOn::FirstFailure => self.request = self.request.max(request),
                StopOn::GroupFailure => self.groups[g].stopped = self.groups[g].stopped.max(group),
            }
        }
        match (own, plan.stop_on, plan.tree.group_of[test]) {
            (false, StopOn::FirstFailure, _) => self.request = self.request.max(request),
            (false, StopOn::GroupFailure, Some(g)) => self.groups[g].stopped = self.groups[g].stopped.max(group),
            _ => {}
        }
    }
}

/// Hands out the tests of a request as slots become free, and settles their fates as results come in.
///
/// Tests are handed out by turn. One whose fate is open is handed out too: its result is thrown away if it turns out
/// to be SK. A call costs as much as there are tests between the first unsettled one and the last handed out.
#[derive(Debug)]
pub struct Planner {
    plan: Plan,
    results: Vec<Option<Verdict>>,
    started: Vec<bool>,
    /// After the turns that are settled.
    settled: State,
    turn: usize,
    /// After the turns looked at by `next`, with what is missing taken as open. None: a result came in since.
    ahead: Option<(State, usize)>,
}

impl Planner {
    /// A planner for a request of which nothing was run.
    pub fn new(request: &Request) -> Self {
        let plan = Plan::new(request);
        let settled = State::new(&plan);
        let tests = plan.order.len();
        Self { plan, results: vec![None; tests], started: vec![false; tests], settled, turn: 0, ahead: None }
    }

    /// The next test to run; none: there is nothing left to start, whatever comes in, for a test whose fate is open is handed out too.
    #[expect(clippy::should_implement_trait, reason = "results come in between the calls: no iterator")]
    pub fn next(&mut self) -> Option<usize> {
        let (mut state, mut turn) = self.ahead.take().unwrap_or_else(|| (self.settled.clone(), self.turn));
        let mut found = None;
        while let Some(&test) = self.plan.order.get(turn) {
            let skip = state.turn(&self.plan, test, self.results[test]);
            turn += 1;
            if skip.any() != Tri::Yes && self.results[test].is_none() && !self.started[test] {
                self.started[test] = true;
                found = Some(test);
                break;
            }
        }
        self.ahead = Some((state, turn));
        found
    }

    /// A test has finished. Returns what [`Self::settle`] does.
    pub fn record(&mut self, test: usize, verdict: Verdict) -> Vec<(usize, Option<Reason>)> {
        if let Some(result) = self.results.get_mut(test) {
            *result = Some(verdict);
            self.ahead = None;
        }
        self.settle()
    }

    /// The tests whose fates are newly settled, by turn: `None` keeps its result, else it is SK for this reason. Every
    /// test is returned once, when everything before it is settled. (Needed by itself only where nothing is ever run.)
    pub fn settle(&mut self) -> Vec<(usize, Option<Reason>)> {
        let mut settled = Vec::new();
        while let Some(&test) = self.plan.order.get(self.turn) {
            let skip = self.settled.skip(&self.plan, test);
            if skip.any() == Tri::No && self.results[test].is_none() {
                break;
            }
            self.settled.turn(&self.plan, test, self.results[test]);
            self.turn += 1;
            settled.push((test, skip.reason()));
        }
        settled
    }

    /// Tests handed out, without a result, that are certain to be SK: they may be ended.
    pub fn doomed(&self) -> Vec<usize> {
        let fates = self.plan.fates(&self.results);
        (0..fates.len()).filter(|t| self.started[*t] && self.results[*t].is_none() && fates[*t].is_some()).collect()
    }

    /// Whether the fate of every test is settled.
    pub fn done(&self) -> bool {
        self.turn == self.plan.order.len()
    }
}
