use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut numbers: Vec<i64> = text.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    numbers.sort_unstable();
    let mut out = io::BufWriter::new(io::stdout().lock());
    for number in numbers {
        writeln!(out, "{}", number)?;
    }
    out.flush()
}
