//! The arithmetic of time limits: from what the package's own submissions take to a limit, and how far they stay from it.
//!
//! 2025-09, "Problem timing": `T_ac * ac_to_time_limit <= time_limit` and `time_limit * time_limit_to_tle <= T_tle`, and
//! without a limit the smallest multiple of `time_resolution` that satisfies both. Legacy says the same with other names.
use super::package::Margins;
use crate::model::Millis;
use serde::Serialize;

/// What a test of a submission took, as a language with the time factor 1 would have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timed {
    /// The submission's name.
    pub submission: String,
    /// The test's id.
    pub test: String,
    /// CPU time in milliseconds.
    pub ms: f64,
    /// It was ended then: it would have taken more.
    pub at_least: bool,
}

/// The two that hold a time limit between them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bracket {
    /// The slowest of those that must be fast enough.
    pub slowest_good: Option<Timed>,
    /// The fastest of those that must be too slow; of each, its slowest test counts.
    pub fastest_too_slow: Option<Timed>,
}

impl Bracket {
    /// A test of a submission that must be fast enough.
    pub fn add_good(&mut self, timed: Timed) {
        if self.slowest_good.as_ref().is_none_or(|slowest| timed.ms > slowest.ms) {
            self.slowest_good = Some(timed);
        }
    }

    /// The slowest test of a submission that must be too slow.
    pub fn add_too_slow(&mut self, timed: Timed) {
        if self.fastest_too_slow.as_ref().is_none_or(|fastest| timed.ms < fastest.ms) {
            self.fastest_too_slow = Some(timed);
        }
    }
}

impl Margins {
    /// The least limit that leaves this slowest test enough room: a multiple of the resolution, and never nothing.
    pub fn least_limit(&self, slowest_ms: f64) -> Option<Millis> {
        // A hair off, so that 0.1 × 2 s is not rounded up for the sake of the last bit.
        let steps = (slowest_ms * self.accepted_to_limit / self.resolution - 1e-9).ceil().max(1.0);
        Millis::new(steps * self.resolution)
    }

    /// What of the bracket is too near to the limit, in words.
    pub fn too_near(&self, limit: Millis, bracket: &Bracket) -> Vec<String> {
        let mut found = Vec::new();
        let seconds = |ms: f64| format!("{:.3} s", ms / 1000.0);
        if let Some(good) = &bracket.slowest_good {
            let least = good.ms * self.accepted_to_limit;
            if least > limit.get() + 1e-6 {
                found.push(format!(
                    "{} takes {} on {}, and the limit should be {} times that or more: {}",
                    good.submission,
                    seconds(good.ms),
                    good.test,
                    self.accepted_to_limit,
                    seconds(least),
                ));
            }
        }
        if let Some(slow) = &bracket.fastest_too_slow {
            let least = limit.get() * self.limit_to_too_slow;
            if slow.ms < least - 1e-6 {
                found.push(format!(
                    "{} takes no more than {} on {}, and should take {} times the limit or more: {}",
                    slow.submission,
                    seconds(slow.ms),
                    slow.test,
                    self.limit_to_too_slow,
                    seconds(least),
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(submission: &str, ms: f64) -> Timed {
        Timed { submission: submission.into(), test: "secret/1".into(), ms, at_least: false }
    }

    #[test]
    fn a_limit_is_the_least_multiple_that_leaves_room() {
        for (margins, slowest, wanted) in [
            (Margins::LATEST, 0.0, 1000.0),
            (Margins::LATEST, 499.0, 1000.0),
            (Margins::LATEST, 500.0, 1000.0),
            (Margins::LATEST, 500.1, 2000.0),
            (Margins::LATEST, 1234.0, 3000.0),
            (Margins::LEGACY, 200.0, 1000.0),
            (Margins::LEGACY, 201.0, 2000.0),
            (Margins { accepted_to_limit: 2.0, limit_to_too_slow: 1.5, resolution: 100.0 }, 310.0, 700.0),
            // 0.7 × 3 is 2.0999999999999996.
            (Margins { accepted_to_limit: 3.0, limit_to_too_slow: 1.5, resolution: 0.1 }, 0.7, 2.1),
        ] {
            let limit = margins.least_limit(slowest).unwrap().get();
            assert!((limit - wanted).abs() < 1e-6, "{margins:?} {slowest}: {limit}");
        }
        assert_eq!(Margins::LEGACY.least_limit(f64::MAX), None);
    }

    #[test]
    fn the_bracket_holds_the_slowest_good_and_the_fastest_slow() {
        let mut bracket = Bracket::default();
        for (name, ms) in [("a", 10.0), ("b", 30.0), ("c", 20.0)] {
            bracket.add_good(timed(name, ms));
            bracket.add_too_slow(timed(name, ms));
        }
        assert_eq!(bracket.slowest_good, Some(timed("b", 30.0)));
        assert_eq!(bracket.fastest_too_slow, Some(timed("a", 10.0)));
    }

    #[test]
    fn what_is_too_near_is_told() {
        let near = |good, slow| {
            let bracket = Bracket { slowest_good: Some(timed("g", good)), fastest_too_slow: Some(timed("s", slow)) };
            Margins::LATEST.too_near(Millis::new(1000.0).unwrap(), &bracket)
        };
        assert!(near(500.0, 1500.0).is_empty());
        let found = near(501.0, 1499.0);
        assert_eq!(
            found,
            [
                "g takes 0.501 s on secret/1, and the limit should be 2 times that or more: 1.002 s",
                "s takes no more than 1.499 s on secret/1, and should take 1.5 times the limit or more: 1.500 s",
            ]
        );
    }
}
