//! What a sandboxed run costs, as a ratio to the same program run without one; what judging adds; how exact the meters are;
//! and what the cost does not grow with.
//!
//! `bench/run` prints a table; with `--json [NAME…]` the same for machines. bench/README.md has the method and the last table.
mod binary;
mod floor;
mod growth;
mod judging;
mod meters;
mod peers;
mod report;
mod runs;
mod sandboxed;
mod sums;

use anyhow::bail;
use report::Row;
use std::process::ExitCode;

/// A group of measurements that are made together, by turns.
struct Group {
    /// What `bench/run GROUP` says.
    name: &'static str,
    about: &'static str,
    /// The rows it gives; each may be asked for by its own name.
    rows: &'static [&'static str],
    measure: fn(&Options) -> anyhow::Result<Vec<Row>>,
}

const GROUPS: [Group; 7] = [
    Group { name: "runs", about: "one run: the floor, and in the sandbox", rows: &runs::ROWS, measure: runs::measure },
    Group { name: "sums", about: "what judging adds to a small program's runs", rows: &sums::ROWS, measure: sums::measure },
    Group { name: "judge", about: "first answer and cache of `assize judge`", rows: &judging::ROWS, measure: judging::measure },
    Group { name: "stream", about: "a gigabyte in, a gigabyte out", rows: &judging::STREAMS, measure: judging::streams },
    Group { name: "meters", about: "overshoot past a limit, spread of a reading", rows: &meters::ROWS, measure: meters::measure },
    Group { name: "growth", about: "what the cost does not grow with", rows: &growth::ROWS, measure: growth::measure },
    Group { name: "peers", about: "whole processes: assize run, bubblewrap, others on PATH", rows: &peers::ROWS, measure: peers::measure },
];

/// What is asked for.
pub struct Options {
    /// Runs of each subject, where a group says nothing else.
    pub runs: usize,
    json: bool,
    names: Vec<String>,
}

impl Options {
    fn asks(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name || n == "all")
    }

    /// Whether a row is to be measured: by its own name, or with its group.
    pub fn wants(&self, group: &str, row: &str) -> bool {
        self.asks(group) || self.asks(row) || (self.names.is_empty() && group == "runs")
    }
}

fn main() -> ExitCode {
    // The slots' processes are this program again.
    assize::sandbox::divert();
    match options().and_then(|options| measure(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all that was asked for was measured.
fn measure(options: &Options) -> anyhow::Result<bool> {
    let (mut rows, mut complete) = (Vec::new(), true);
    for group in &GROUPS {
        let wanted: Vec<&str> = group.rows.iter().copied().filter(|row| options.wants(group.name, row)).collect();
        if wanted.is_empty() {
            continue;
        }
        // What other groups have measured is not lost by it.
        match (group.measure)(options) {
            Ok(measured) => rows.extend(measured.into_iter().filter(|row| wanted.contains(&row.name))),
            Err(e) => {
                eprintln!("bench: {} was not measured: {e:#}", group.name);
                complete = false;
            }
        }
    }
    for name in options.names.iter().filter(|name| GROUPS.iter().any(|group| group.rows.contains(&name.as_str()))) {
        if !rows.iter().any(|row| row.name == name) {
            eprintln!("bench: {name} was not measured");
            complete = false;
        }
    }
    let host = report::host()?;
    host.warn();
    if options.json {
        report::json(&rows, &host);
    } else {
        report::table(&rows, &host);
    }
    Ok(complete)
}

fn options() -> anyhow::Result<Options> {
    let (mut options, mut check) = (Options { runs: 5000, json: false, names: Vec::new() }, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            // cargo bench says so.
            "--bench" => {}
            "--json" => options.json = true,
            // The script asks first whether all of it can be measured.
            "--check" => check = true,
            "--runs" => {
                let runs = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                let Some(runs) = runs else { bail!("--runs needs a number from 1") };
                options.runs = runs;
            }
            "-h" | "--help" => {
                help();
                std::process::exit(0);
            }
            name if name == "all" || GROUPS.iter().any(|g| g.name == name || g.rows.contains(&name)) => options.names.push(name.to_owned()),
            other => bail!("{other:?} is no measurement; `bench/run --help` lists them"),
        }
    }
    if check {
        std::process::exit(0);
    }
    Ok(options)
}

fn help() {
    println!(
        "usage: bench/run [--runs N] [--json] [NAME…]\n\nNAME is a group or one of its rows; none: `runs`; `all`: every one.\n\n  --runs N   values of each row of `runs` (default 5000); `sums` and `peers` are in proportion\n  --json     {{\"results\": [{{\"name\", \"n\", \"p50_us\", \"p99_us\", \"ratio\", \"ratio_to\", \"note\", …}}, …], \"host\": …}}"
    );
    for group in &GROUPS {
        println!("\n  {:8} {}\n           {}", group.name, group.about, group.rows.join(" "));
    }
}
