//! Every case of `corpus/`, through the real binary: one named test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, case::Case, suite::Suite};
use std::process::ExitCode;

/// Group F of the attacks, 85 to 91: on checkers and interactors, whose cases are ordinary ones.
const ATTACKS_ON_CHECKERS: [&str; 13] = [
    "checkers::bytes-icpc",
    "checkers::bytes-testlib",
    "checkers::does-not-compile",
    "checkers::fails",
    "checkers::icpc-exits",
    "checkers::never-reads",
    "checkers::odd-files",
    "interactive::floods",
    "interactive::interactor-fails",
    "interactive::interactor-first",
    "interactive::long-line",
    "interactive::submission-first",
    "interactive::who-waits",
];

fn main() -> ExitCode {
    let mut suite = Suite::counting("attack-F", &ATTACKS_ON_CHECKERS);
    let cases = Case::all(&binary::data().join("corpus"));
    assert!(ATTACKS_ON_CHECKERS.iter().all(|name| cases.iter().any(|case| case.name == *name)), "a case of group F is gone");
    for case in cases {
        let (name, languages) = (case.name.clone(), case.languages());
        suite.add(&name, languages.iter().map(String::as_str), move || case.run());
    }
    suite.run()
}
