//! Every attack of `attacks/`, through the real binary: one named test each, one at a time, in either limit mode.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::suite::Suite;
use harness::{attack::Attack, binary, processes};
use std::process::ExitCode;

fn main() -> ExitCode {
    processes::adopt_orphans();
    let mut suite = Suite::of_attacks();
    let root = binary::data().join("attacks");
    for group in harness::case::folders(&root) {
        let word = group.file_name().expect("a name").to_string_lossy().into_owned();
        for path in harness::case::sources(&group) {
            let Some(attack) = Attack::load(&word, &path) else { continue };
            let (name, language) = (attack.name.clone(), attack.language());
            suite.add_ignorable(&name, [language], move || attack.run(binary::limit_mode()));
        }
    }
    suite.run()
}
