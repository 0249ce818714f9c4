//! What must come of a submission, and whether it did.
use super::glob::Glob;
use crate::model::{Response, TestReport, Verdict};
use std::fmt;

/// A set of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdicts(u16);

impl Verdicts {
    /// What the formats call `AC`; a test that is partly correct was accepted, with fewer points.
    pub const AC: Self = Self::of(&[Verdict::Ac, Verdict::Ok, Verdict::Pc]);
    /// `WA`.
    pub const WA: Self = Self::of(&[Verdict::Wa, Verdict::Pe]);
    /// `TLE`.
    pub const TLE: Self = Self::of(&[Verdict::Tle]);
    /// `RTE`: the formats know no other word for memory, output and the system-call policy.
    pub const RTE: Self = Self::of(&[Verdict::Re, Verdict::Mle, Verdict::Sv, Verdict::Ole]);

    /// A set of these.
    pub const fn of(verdicts: &[Verdict]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < verdicts.len() {
            bits |= 1 << verdicts[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    /// All that are in one of the two.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it is in the set.
    pub const fn has(self, verdict: Verdict) -> bool {
        self.0 & (1 << verdict as u16) != 0
    }

    /// Whether all of the other set is in this one.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the two have none in common.
    pub const fn is_disjoint(self, other: Self) -> bool {
        self.0 & other.0 == 0
    }
}

/// In the formats' words where they have one.
impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Self::of(&[Verdict::Ac, Verdict::Ok]);
        let words = [("AC", Self::AC), ("AC", all), ("WA", Self::WA), ("TLE", Self::TLE), ("RTE", Self::RTE)];
        let (mut rest, mut names) = (*self, Vec::new());
        for (word, set) in words {
            if rest.covers(set) {
                rest.0 &= !set.0;
                names.push(word.to_owned());
            }
        }
        for verdict in [Verdict::Ac, Verdict::Ok, Verdict::Pc, Verdict::Wa, Verdict::Pe, Verdict::Re, Verdict::Mle, Verdict::Sv] {
            if rest.has(verdict) {
                names.push(verdict.to_string());
            }
        }
        for verdict in [Verdict::Ole, Verdict::Ce] {
            if rest.has(verdict) {
                names.push(verdict.to_string());
            }
        }
        match names.split_last() {
            None => f.write_str("none"),
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} or {last}", others.join(", ")),
        }
    }
}

/// A rule about some tests of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where it is written, for people.
    pub origin: String,
    /// Which tests, by their ids or groups; `None`: all.
    pub tests: Option<Glob>,
    /// Every test that was run has one of these.
    pub permitted: Option<Verdicts>,
    /// At least one test has one of these.
    pub required: Option<Verdicts>,
    /// The submission as a whole has one of these.
    pub overall: Option<Verdicts>,
    /// Points of the submission, or of the groups meant by `tests`.
    pub points: Option<PointsRule>,
    /// Stands in the judge message of at least one test.
    pub message: Option<String>,
    /// Whether the time limit must leave room above what these tests take.
    pub lower: bool,
    /// Whether these tests must stay above the time limit, by a margin.
    pub upper: bool,
}

/// What is expected of points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointsRule {
    /// From and to, both included.
    Range(f64, f64),
    /// Fewer than all. For `partially_accepted`.
    NotAll,
}

impl Rule {
    /// A rule that asks for nothing.
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            tests: None,
            permitted: None,
            required: None,
            overall: None,
            points: None,
            message: None,
            lower: false,
            upper: false,
        }
    }

    fn about(&self, test: &str) -> bool {
        self.tests.as_ref().is_none_or(|glob| glob.matches(test))
    }

    fn check(&self, response: &Response, faults: &mut Vec<String>) {
        let mut fault = |message: String| faults.push(format!("{message} ({})", self.origin));
        let tests = || response.tests.iter().filter(|t| self.about(&t.id));
        if let Some(permitted) = self.permitted {
            let wrong: Vec<&TestReport> = tests().filter(|t| t.verdict != Verdict::Sk && !permitted.has(t.verdict)).collect();
            if let Some(first) = wrong.first() {
                let more = if wrong.len() > 1 { format!(", and {} more", wrong.len() - 1) } else { String::new() };
                fault(format!("{} on {}{more}, where only {permitted} is permitted", first.verdict, first.id));
            }
        }
        if let Some(required) = self.required
            && !tests().any(|t| required.has(t.verdict))
        {
            let of = self.tests.as_ref().map_or(String::new(), |glob| format!(" of {glob}"));
            fault(format!("no test{of} is {required}"));
        }
        if let Some(overall) = self.overall
            && !overall.has(response.verdict)
        {
            fault(format!("{} instead of {overall}", response.verdict));
        }
        if let Some(text) = &self.message
            && !tests().any(|t| t.judge_message.contains(text))
        {
            fault(format!("no test's judge message has {text:?} in it"));
        }
        if let Some(rule) = self.points {
            let groups: Vec<_> = match &self.tests {
                None => vec![(String::new(), response.points, response.max_points)],
                Some(glob) => {
                    let groups = response.groups.iter().filter(|g| glob.is(&g.id));
                    groups.map(|g| (format!(" in {}", g.id), g.points, g.max_points)).collect()
                }
            };
            for (of, points, most) in groups {
                match rule {
                    PointsRule::Range(from, to) if points < from - 1e-6 || points > to + 1e-6 => {
                        let wanted = if from < to { format!("{from} to {to}") } else { from.to_string() };
                        fault(format!("{points} points{of} instead of {wanted}"));
                    }
                    PointsRule::NotAll if points >= most - 1e-6 => fault(format!("all {most} points{of} instead of some")),
                    PointsRule::Range(..) | PointsRule::NotAll => {}
                }
            }
        }
    }
}

/// All that must come of a submission.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expected {
    /// Every one must hold.
    pub rules: Vec<Rule>,
    /// Nothing is known: it is judged, and nothing compared.
    pub unknown: bool,
}

/// What a submission's tests say about the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// The limit must be well above what the test takes.
    pub lower: bool,
    /// The limit must be well below.
    pub upper: bool,
}

impl Expected {
    /// What is not as it must be; nothing: all is well.
    pub fn check(&self, response: &Response) -> Vec<String> {
        if let Some(test) = response.tests.iter().find(|t| t.verdict == Verdict::Ie) {
            return vec![format!("the judging failed on {}: {}", test.id, first_line(&test.judge_message))];
        }
        if response.verdict == Verdict::Ie {
            let why = response.compile.as_ref().map(|c| first_line(&c.judge_message)).unwrap_or_default();
            return vec![format!("the judging failed: {why}")];
        }
        if response.verdict == Verdict::Ce {
            if self.rules.iter().any(|r| r.overall.is_some_and(|o| o.has(Verdict::Ce))) {
                return Vec::new();
            }
            let why = response.compile.as_ref().map(|c| String::from_utf8_lossy(&c.stderr.0).into_owned()).unwrap_or_default();
            return vec![format!("does not compile: {}", first_line(&why))];
        }
        let mut faults = Vec::new();
        for rule in &self.rules {
            rule.check(response, &mut faults);
        }
        faults
    }

    /// What a test of this submission says about the time limit.
    pub fn bounds(&self, test: &str) -> Bounds {
        let rules = || self.rules.iter().filter(|r| r.about(test));
        Bounds { lower: rules().any(|r| r.lower), upper: rules().any(|r| r.upper) }
    }

    /// Whether any of its tests bounds the time limit from below, or from above.
    pub fn any_bounds(&self) -> Bounds {
        Bounds { lower: self.rules.iter().any(|r| r.lower), upper: self.rules.iter().any(|r| r.upper) }
    }
}

/// In a word or a few: what it is there for.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_all = || self.rules.iter().filter(|r| r.tests.is_none());
        match of_all().find_map(|r| r.points) {
            Some(PointsRule::NotAll) => return f.write_str("some points"),
            Some(PointsRule::Range(from, to)) if from < to => return write!(f, "{from} to {to} points"),
            Some(PointsRule::Range(points, _)) => return write!(f, "{points} points"),
            None => {}
        }
        if let Some(set) = of_all().find_map(|r| r.overall.or(r.required)) {
            return write!(f, "{set}");
        }
        if let Some(set) = of_all().find_map(|r| r.permitted) {
            return write!(f, "{set}");
        }
        f.write_str(if self.rules.is_empty() { "–" } else { "by test" })
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("no more is known");
    line.chars().take(200).collect()
}
