//! Every attack of `attacks/`, through the real binary: one named test each, one at a time, in either limit mode.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::suite::Suite;
use harness::{attack::Attack, binary, channel::Channel, message::Message, poison, processes};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    processes::adopt_orphans();
    let mut suite = Suite::of_attacks();
    let root = binary::data().join("attacks");
    for group in harness::case::folders(&root) {
        let word = group.file_name().expect("a name").to_string_lossy().into_owned();
        for path in harness::case::sources(&group) {
            match word.as_str() {
                "G" => {
                    let Some(message) = Message::load(&word, &path) else { continue };
                    suite.add_ignorable(&message.name.clone(), [], move || message.run());
                    continue;
                }
                "S" => {
                    let Some(channel) = Channel::load(&word, &path) else { continue };
                    let channel = Arc::new(channel);
                    let (one, other) = (channel.clone(), channel.clone());
                    suite.add_ignorable(&channel.name, ["python3"], move || one.run(false));
                    if channel.both() {
                        suite.add_ignorable(&format!("{}-side-by-side", channel.name), ["python3"], move || other.run(true));
                    }
                    continue;
                }
                _ => {}
            }
            let Some(attack) = Attack::load(&word, &path) else { continue };
            let (name, language) = (attack.name.clone(), attack.language());
            suite.add_ignorable(&name, [language], move || attack.run(binary::limit_mode()));
        }
    }
    for name in poison::names() {
        suite.add_ignorable(&format!("attack-X::cache-{name}"), ["python3"], move || poison::run(name));
        suite.add_ignorable(&format!("attack-X::cache-within-{name}"), ["python3"], move || poison::run_within(name));
    }
    suite.run()
}
