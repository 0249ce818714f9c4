//! What the cost of a run does not grow with.
use super::Options;
use super::binary::{Judge, line, read};
use super::floor::Noop;
use super::report::{Row, Series};
use super::sandboxed::Sandbox;
use super::sums::{SUM, sum_request};
use anyhow::{Context as _, ensure};
use assize::judge::cache::{Cache, Key};
use assize::model::BoxName;
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Instant;

pub const ROWS: [&str; 14] = [
    "slots_2",
    "slots_16",
    "early",
    "late",
    "mounts",
    "mounts_300",
    "cache_10",
    "cache_10000",
    "compile_10",
    "compile_10000",
    "tests_10",
    "tests_100",
    "tests_5000",
    "line_1m",
];

const RUNS: usize = 1000;

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = runtime.block_on(async {
        // Neither pinned: there may not be 16 CPUs.
        let few = Sandbox::with(Noop::bytes(), 2, false)?;
        let many = Sandbox::with(Noop::bytes(), 16, false)?;
        few.warm().await?;
        many.warm().await?;
        let [mut two, mut sixteen, mut early, mut late] = [const { Series::new() }; 4];
        for _ in 0..RUNS {
            for (pool, series) in [(&few, &mut two), (&many, &mut sixteen)] {
                let began = Instant::now();
                pool.spawn().await?;
                series.add(began.elapsed());
            }
        }
        few.close().await;
        many.close().await;
        // One slot that has had 10,000 runs, by turns with one that is new.
        let old = Sandbox::new(Noop::bytes(), 1)?;
        for _ in 0..10 * RUNS {
            old.spawn().await?;
        }
        let new = Sandbox::new(Noop::bytes(), 1)?;
        new.spawn().await?;
        for _ in 0..RUNS {
            for (pool, series) in [(&new, &mut early), (&old, &mut late)] {
                let began = Instant::now();
                pool.spawn().await?;
                series.add(began.elapsed());
            }
        }
        old.close().await;
        new.close().await;
        anyhow::Ok(vec![
            two.row("slots_2", None, "a run, with 2 slots standing, none on a CPU of its own"),
            sixteen.row("slots_16", two.base("slots_2"), "with 16"),
            early.row("early", None, "a run of a slot's first thousand"),
            late.row("late", early.base("early"), "of a slot that has had 10,000 and more"),
        ])
    })?;
    if options.wants("growth", "mounts") || options.wants("growth", "mounts_300") {
        rows.extend(mounts()?);
    }
    let dir = tempfile::tempdir()?;
    rows.extend(cache(dir.path())?);
    rows.extend(tests(dir.path())?);
    Ok(rows)
}

/// The same on a host with 300 mounts more: measured by the script (`bench/run`), because it takes root to make them for another user.
fn mounts() -> anyhow::Result<Vec<Row>> {
    let Some(measured) = std::env::var_os("BENCH_MOUNTS") else {
        eprintln!("bench: mounts and mounts_300 are left out: start bench/run as root, which can make 300 mounts for them");
        return Ok(Vec::new());
    };
    let [mut few, mut many] = [const { Series::new() }; 2];
    for (at, line) in std::fs::read_to_string(measured)?.lines().enumerate() {
        let value: Value = serde_json::from_str(line)?;
        let series = if at % 2 == 0 { &mut few } else { &mut many };
        series.add_us(value["results"][0]["p50_us"].as_f64().context("no p50_us")?);
    }
    ensure!(few.len() == many.len() && few.len() > 0, "BENCH_MOUNTS wants pairs of measurements");
    Ok(vec![
        few.row("mounts", None, "a run on this host as it is; a value is the p50 of 400 in a process of their own"),
        many.row("mounts_300", few.base("mounts"), "with 300 mounts more, by turns"),
    ])
}

fn cache(dir: &Path) -> anyhow::Result<Vec<Row>> {
    let (small, large) = (dir.join("small"), dir.join("large"));
    for (path, count) in [(&small, 10), (&large, 10_000)] {
        let cache = Cache::open(path.clone(), 1 << 30)?;
        for i in 0..count {
            let content: Box<dyn Read> = Box::new(Cursor::new(vec![7_u8; 4096]));
            let file = (BoxName::new("main")?, true, content);
            cache.put(&Key::builder("bench").part(format!("{i}")).finish(), b"", std::iter::once(Ok(file)))?;
        }
    }
    // Each in a process of its own, or it would be found in memory.
    let fresh = |cache: &Path, request: &Value| {
        let began = Instant::now();
        let mut judge = Judge::start(&["-j1"], cache)?;
        judge.ask(request)?;
        let answer = judge.answer()?;
        let took = began.elapsed();
        judge.end()?;
        anyhow::Ok((took, answer["compile"]["cached"] == true))
    };
    let known = sum_request(1);
    fresh(&small, &known)?;
    fresh(&large, &known)?;
    let [mut few, mut many, mut few_new, mut many_new] = [const { Series::new() }; 4];
    for i in 0..30 {
        let mut new = known.clone();
        new["source"] = format!("{SUM}\n// {i}\n").into();
        for (cache, hits, misses) in [(&small, &mut few, &mut few_new), (&large, &mut many, &mut many_new)] {
            let (took, cached) = fresh(cache, &known)?;
            ensure!(cached, "what was compiled is not in the cache");
            hits.add(took);
            let (took, cached) = fresh(cache, &new)?;
            ensure!(!cached, "what is new is in the cache");
            misses.add(took);
        }
    }
    Ok(vec![
        few.row("cache_10", None, "a process from its start to the answer, its program cached among 10 others"),
        many.row("cache_10000", few.base("cache_10"), "among 10,000"),
        few_new.row("compile_10", None, "likewise, its program compiled and put to 10 others"),
        many_new.row("compile_10000", few_new.base("compile_10"), "to 10,000"),
    ])
}

fn tests(dir: &Path) -> anyhow::Result<Vec<Row>> {
    let mut judge = Judge::start(&["-j2"], &dir.join("small"))?;
    judge.ask(&sum_request(20))?;
    judge.answer()?;
    let mut series = [const { Series::new() }; 3];
    for _ in 0..3 {
        for (count, series) in [10, 100, 5000].into_iter().zip(&mut series) {
            let (request, mut answers) = (line(&sum_request(count)), Vec::new());
            let began = Instant::now();
            for _ in 0..5000 / count {
                judge.tell(&request)?;
                answers.push(judge.hear()?);
            }
            series.add_us(began.elapsed().as_secs_f64() * 1e6 / 5000.0);
            for answer in answers {
                read(&answer)?;
            }
        }
    }
    // A line of 1 MiB against one of 16 MiB, most of it a label that is only echoed: linear in its size.
    let [mut short, mut long] = [const { Series::new() }; 2];
    for _ in 0..5 {
        for (mib, series) in [(1_u8, &mut short), (16, &mut long)] {
            let mut request = sum_request(1);
            request["labels"] = json!({"x": "y".repeat(usize::from(mib) << 20)});
            let request = line(&request);
            let began = Instant::now();
            judge.tell(&request)?;
            let answer = judge.hear()?;
            series.add_us(began.elapsed().as_secs_f64() * 1e6 / f64::from(mib));
            read(&answer)?;
        }
    }
    judge.end()?;
    let [ten, hundred, thousands] = &series;
    let base = hundred.base("tests_100");
    Ok(vec![
        ten.row("tests_10", base, "for each test of requests with 10; a value is the mean of 5,000"),
        hundred.row("tests_100", None, "with 100"),
        thousands.row("tests_5000", base, "with 5,000"),
        long.row("line_1m", short.base("one of 1 MiB"), "a line of 16 MiB in and out again, for each MiB"),
    ])
}
