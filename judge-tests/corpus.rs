//! Every case of `corpus/`, through the real binary: one named test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, case::Case, suite::Suite};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for case in Case::all(&binary::data().join("corpus")) {
        let (name, languages) = (case.name.clone(), case.languages());
        suite.add(&name, languages.iter().map(String::as_str), move || case.run());
    }
    suite.run()
}
