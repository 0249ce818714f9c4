//! Problem packages: whatever their format, one [`Package`], and from it and a [`Program`] a request.
//!
//! ```text
//! path ─open→ Package ─request(program, language, time limit)→ model::Request ─(judge)→ Response ─Expected::check→ what is wrong
//! ```
//! `open` finds out the format; `icpc` (legacy and 2025-09), `polygon` and `data_only` read it; an archive is unpacked first
//! (`archive`). `tree` lists the files, `yaml` and
//! `fields` read settings with their lines, `glob` and `expected` say what must come of the package's own submissions, `timing` what time limit
//! follows from what they take.
//!
//! Reading never ends at the first [`Problem`]: all are named, each with file and line.
//!
//! Invariant: it reads files and runs nothing; no link leads out of a package; what a package asks for and can't get is an
//! error, never silently something else.
#![forbid(unsafe_code)]

mod check;
mod data_only;
mod expected;
mod fields;
mod glob;
mod icpc;
mod open;
#[expect(clippy::module_inception, reason = "the room is named for its main type")]
mod package;
mod polygon;
mod problem;
mod request;
mod timing;
mod tree;
mod yaml;

pub use expected::{Bounds, Expected, PointsRule, Rule, Verdicts};
pub use glob::Glob;
pub use package::{Format, Included, Margins, Package, PackageLimits, PackageTest, Program, Scoring, Submission};
pub use problem::{Problem, Severity};
pub use timing::{Bracket, Timed};

#[cfg(test)]
mod tests;
