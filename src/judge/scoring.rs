//! Which tests count, and what they are worth: pure, over verdicts alone.
//!
//! `tree` reads groups and their nesting out of a request, `plan` says which tests are run and which become SK, `points`
//! adds up.
//!
//! Invariant: what is SK depends on the request and the verdicts, never on when a test finished.
mod plan;
mod points;
#[cfg(test)]
mod tests;
mod tree;

pub use plan::{Planner, finalize, may_run};
pub use points::{Credit, Points, Scored, Scores, TestResult, points_of, score, verdict_of};
