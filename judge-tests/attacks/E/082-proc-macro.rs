//: intent = "Reads the host's files at compile time, by the macros that can."
//: verdict = "CE"
//: control = { run = "rustc -o program $SOURCE && ./program" }
const STOLEN: &str = include_str!("/etc/subuid");

fn main() {
    println!("ESCAPED {STOLEN}");
}
