//! What a sandboxed run costs, as a ratio to the same program run without one.
//!
//! `bench/run` prints a table; with `--json [NAME…]` the same for machines. bench/README.md has the method.
mod floor;
mod report;
mod sandboxed;

use anyhow::{Context as _, bail};
use report::{Row, Series};
use std::time::{Duration, Instant};

/// Runs between two changes of subject: a burst of noise on the host hits all of them.
const BLOCK: usize = 50;
const NAMES: [&str; 4] = ["floor", "spawn", "one_slot", "judged"];

struct Options {
    runs: usize,
    json: bool,
    names: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    // The slots' processes are this program again.
    assize::sandbox::divert();
    let options = options()?;
    let noop = floor::Noop::new().context("failed to make the no-op program")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut sandbox = sandboxed::Sandbox::new(floor::Noop::bytes(), 2)?;
        let mut one = sandboxed::Sandbox::new(floor::Noop::bytes(), 1)?;
        sandbox.warm().await?;
        let mut series = [Series::default(), Series::default(), Series::default(), Series::default()];
        // Warm: the slot stands, page caches are filled.
        for _ in 0..BLOCK {
            noop.run()?;
            sandbox.spawn().await?;
            sandbox.judged().await?;
            one.spawn().await?;
        }
        for _ in 0..options.runs.div_ceil(BLOCK) {
            for _ in 0..BLOCK {
                series[0].add(timed(|| noop.run())?);
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                sandbox.spawn().await?;
                series[1].add(began.elapsed());
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                sandbox.judged().await?;
                series[3].add(began.elapsed());
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                one.spawn().await?;
                series[2].add(began.elapsed());
            }
        }
        let floor = series[0].p50();
        let rows: Vec<Row> = NAMES.iter().zip(&series).map(|(name, s)| s.row(name, floor)).collect();
        let chosen: Vec<Row> = rows.into_iter().filter(|r| options.names.is_empty() || options.names.iter().any(|n| n == r.name)).collect();
        let host = sandbox.host(options.runs);
        sandbox.close().await;
        one.close().await;
        if options.json {
            report::json(&chosen, &host);
        } else {
            report::table(&chosen, &host);
        }
        anyhow::Ok(())
    })
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn options() -> anyhow::Result<Options> {
    let mut options = Options { runs: 2000, json: false, names: Vec::new() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            // cargo bench says so.
            "--bench" => {}
            "--json" => options.json = true,
            "--runs" => options.runs = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0).context("--runs needs a number")?,
            "-h" | "--help" => {
                println!("usage: bench/run [--runs N] [--json] [{}]…", NAMES.join("|"));
                std::process::exit(0);
            }
            name if NAMES.contains(&name) => options.names.push(name.to_owned()),
            other => bail!("{other:?} is no measurement; there are {}", NAMES.join(", ")),
        }
    }
    Ok(options)
}
