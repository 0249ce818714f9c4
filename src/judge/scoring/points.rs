//! Points of tests, groups and the request.
use super::tree::Tree;
pub use super::tree::verdict_of;
use crate::model::{Aggregate, Request, Verdict};

/// What a test came to, SK already settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// Its verdict.
    pub verdict: Verdict,
    /// What a custom checker gives for AC or PC; none: all the points for AC, and no point for PC.
    pub credit: Option<Credit>,
}

/// What a custom checker gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Credit {
    /// This part of the test's points, from 0 to 1.
    Fraction(f64),
    /// So many points; no more than the test's `points`, where it has them.
    Points(f64),
}

/// Points reached, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Points {
    /// Points reached.
    pub points: f64,
    /// Points that could be reached.
    pub max_points: f64,
}

impl Points {
    fn plus(self, other: Self) -> Self {
        Self { points: self.points + other.points, max_points: self.max_points + other.max_points }
    }
}

/// A group or a request, added up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Over all its tests, those of groups in it too ([`verdict_of`]).
    pub verdict: Verdict,
    /// Its points.
    pub points: Points,
}

/// A request, added up.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// In the request's order.
    pub tests: Vec<Points>,
    /// In the request's order.
    pub groups: Vec<Scored>,
    /// The request as a whole.
    pub request: Scored,
}

/// A test or a group, as the group around it sees it.
#[derive(Debug, Clone, Copy)]
struct Part {
    points: Points,
    /// Which part of its points was reached; where it has none to give, whether it passed.
    fraction: f64,
    passed: bool,
}

/// Adds up points.
///
/// A test gives its `points` (0 where none are given) for AC and OK, what its checker says for PC, else none. A group
/// without `points` aggregates the points of its tests and of the groups right in it. A group with `points` gives that
/// many times its aggregate of their fractions (`sum`: times points reached / points to be had). A group without any test
/// reaches nothing, and does not count in the group around it. A request has the points of its outermost groups and of
/// its tests without a group.
pub fn score(request: &Request, results: &[TestResult]) -> Scores {
    let tree = Tree::new(request);
    let groups = request.groups.len();
    let mut parts: Vec<Vec<Part>> = vec![Vec::new(); groups];
    let mut verdicts: Vec<Vec<Verdict>> = vec![Vec::new(); groups];
    let mut total = Points::default();
    let mut tests = Vec::with_capacity(request.tests.len());
    for (i, test) in request.tests.iter().enumerate() {
        let result = results.get(i).copied().unwrap_or(TestResult { verdict: Verdict::Sk, credit: None });
        let passed = result.verdict.passed();
        let (points, fraction) = reached(result, test.points);
        tests.push(points);
        match tree.group_of[i] {
            Some(group) => parts[group].push(Part { points, fraction, passed }),
            None => total = total.plus(points),
        }
        for group in tree.around(i) {
            verdicts[group].push(result.verdict);
        }
    }
    let mut scored = vec![Scored { verdict: Verdict::Ok, points: Points::default() }; groups];
    for &group in tree.outer_first.iter().rev() {
        let verdict = verdict_of(verdicts[group].iter().copied());
        let rule = &request.groups[group];
        let aggregate = rule.aggregate.unwrap_or(if rule.points.is_some() { Aggregate::All } else { Aggregate::Sum });
        let points = match rule.points {
            Some(most) => Points { points: most * fraction(aggregate, &parts[group]), max_points: most },
            None => raw(aggregate, &parts[group]),
        };
        scored[group] = Scored { verdict, points };
        match tree.parent[group] {
            Some(outer) if !verdicts[group].is_empty() => {
                let passed = verdict.passed();
                let fraction = if points.max_points > 0.0 { points.points / points.max_points } else { f64::from(u8::from(passed)) };
                parts[outer].push(Part { points, fraction, passed });
            }
            Some(_) => {}
            None => total = total.plus(points),
        }
    }
    let verdict = verdict_of((0..request.tests.len()).map(|i| results.get(i).map_or(Verdict::Sk, |r| r.verdict)));
    Scores { tests, groups: scored, request: Scored { verdict, points: total } }
}

/// A test's own points.
pub fn points_of(result: TestResult, most: Option<f64>) -> Points {
    reached(result, most).0
}

/// A test's points, and which part of them was reached.
fn reached(result: TestResult, most: Option<f64>) -> (Points, f64) {
    let max_points = most.unwrap_or(0.0);
    let sane = |n: f64, most: f64| if n.is_nan() { 0.0 } else { n.clamp(0.0, most) };
    let of = |fraction: f64| (max_points * fraction, fraction);
    let (points, fraction) = match (result.verdict, result.credit) {
        (Verdict::Ac | Verdict::Ok, None) => of(1.0),
        (Verdict::Ac | Verdict::Pc, Some(Credit::Fraction(fraction))) => of(sane(fraction, 1.0)),
        (Verdict::Ac | Verdict::Pc, Some(Credit::Points(points))) => match most {
            Some(most) if most > 0.0 => (sane(points, most), sane(points, most) / most),
            // Without a maximum there is no part of it.
            _ => (sane(points, most.unwrap_or(f64::MAX)), f64::from(u8::from(result.verdict.passed()))),
        },
        _ => of(0.0),
    };
    (Points { points, max_points }, fraction)
}

fn raw(aggregate: Aggregate, parts: &[Part]) -> Points {
    let sum = parts.iter().fold(Points::default(), |sum, part| sum.plus(part.points));
    let both = |pick: fn(f64, f64) -> f64| {
        parts
            .iter()
            .map(|p| p.points)
            .reduce(|a, b| Points { points: pick(a.points, b.points), max_points: pick(a.max_points, b.max_points) })
            .unwrap_or_default()
    };
    match aggregate {
        Aggregate::Sum => sum,
        Aggregate::Min => both(f64::min),
        Aggregate::Max => both(f64::max),
        Aggregate::Avg => Points { points: mean(sum.points, parts), max_points: mean(sum.max_points, parts) },
        Aggregate::All if parts.iter().all(|p| p.passed) => sum,
        Aggregate::All => Points { points: 0.0, ..sum },
    }
}

fn fraction(aggregate: Aggregate, parts: &[Part]) -> f64 {
    let fractions = || parts.iter().map(|p| p.fraction);
    let sum = parts.iter().fold(Points::default(), |sum, part| sum.plus(part.points));
    match aggregate {
        Aggregate::Sum if sum.max_points > 0.0 => sum.points / sum.max_points,
        Aggregate::Sum | Aggregate::Avg => mean(fractions().sum(), parts),
        Aggregate::Min => fractions().reduce(f64::min).unwrap_or(0.0),
        Aggregate::Max => fractions().reduce(f64::max).unwrap_or(0.0),
        Aggregate::All => f64::from(u8::from(!parts.is_empty() && parts.iter().all(|p| p.passed))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of tests")]
fn mean(sum: f64, parts: &[Part]) -> f64 {
    if parts.is_empty() { 0.0 } else { sum / parts.len() as f64 }
}
