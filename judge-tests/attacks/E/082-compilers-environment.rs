//: intent = "Takes the compiler's environment, and that of the process above it, into the program."
//: request = { compile = { limits = { cpu_time_ms = 60000, wall_time_ms = 120000 } } }
//: control = { run = "rustc -o program $SOURCE && ./program" }
const ENVIRONMENT: &[u8] = include_bytes!("/proc/self/environ");

fn main() {
    let text = String::from_utf8_lossy(ENVIRONMENT);
    let foreign: Vec<&str> = text.split('\0').filter_map(|pair| pair.split('=').next()).filter(|name| name.starts_with("ATTACK") || name.starts_with("ASSIZE") || name.starts_with("XDG") || name.starts_with("CARGO")).collect();
    println!("{}", if foreign.is_empty() { "contained".into() } else { format!("ESCAPED {foreign:?}") });
}
