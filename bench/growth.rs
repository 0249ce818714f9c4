//! What the cost of a run does not grow with.
use super::Options;
use super::binary::{Judge, line, read};
use super::floor::Noop;
use super::report::{Row, Series};
use super::sandboxed::Sandbox;
use super::sums::sum_request;
use anyhow::{Context as _, ensure};
use assize::judge::cache::{Cache, Key};
use assize::model::BoxName;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

pub const ROWS: [&str; 12] = [
    "slots_2",
    "slots_16",
    "early",
    "late",
    "mounts",
    "mounts_300",
    "cache_10",
    "cache_10000",
    "tests_10",
    "tests_100",
    "tests_5000",
    "line_1m",
];

const RUNS: usize = 1000;

pub fn measure(_: &Options) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = runtime.block_on(async {
        let few = Sandbox::new(Noop::bytes(), 2)?;
        let many = Sandbox::new(Noop::bytes(), 16)?;
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
            two.row("slots_2", None, "a run, with 2 slots standing"),
            sixteen.row("slots_16", Some(two.p50()), "with 16; ratio to slots_2"),
            early.row("early", None, "a run of a slot's first thousand"),
            late.row("late", Some(early.p50()), "of a slot that has had 10,000 and more; ratio to early"),
        ])
    })?;
    rows.extend(mounts()?);
    let dir = tempfile::tempdir()?;
    rows.extend(cache(dir.path())?);
    rows.extend(tests(dir.path())?);
    Ok(rows)
}

/// The same on a host with 300 mounts more: made by the script, in a mount namespace of its own, because it takes root.
fn mounts() -> anyhow::Result<Vec<Row>> {
    if std::env::var_os("BENCH_MOUNTS").is_none() {
        eprintln!("growth: the rows `mounts` are left out: start bench/run as root, which can make 300 mounts for them");
        return Ok(Vec::new());
    }
    let pair = std::fs::read_to_string(std::env::var_os("BENCH_MOUNTS").context("BENCH_MOUNTS")?)?;
    let mut series = Vec::new();
    for line in pair.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        let mut one = Series::new();
        one.add_us(value["results"][0]["p50_us"].as_f64().context("no p50_us")?);
        series.push(one);
    }
    ensure!(series.len() == 2, "BENCH_MOUNTS wants two measurements");
    Ok(vec![
        series[0].row("mounts", None, "a run on this host as it is (p50 of 2,000)"),
        series[1].row("mounts_300", Some(series[0].p50()), "with 300 mounts more; ratio to mounts"),
    ])
}

fn cache(dir: &Path) -> anyhow::Result<Vec<Row>> {
    let [mut few, mut many] = [const { Series::new() }; 2];
    let (small, large) = (dir.join("small"), dir.join("large"));
    for (path, count) in [(&small, 10), (&large, 10_000)] {
        let cache = Cache::open(path.clone(), 1 << 30)?;
        for i in 0..count {
            let content: Box<dyn Read> = Box::new(Cursor::new(vec![7_u8; 4096]));
            let file = (BoxName::new("main")?, true, content);
            cache.put(&Key::builder("bench").part(format!("{i}")).finish(), b"", std::iter::once(Ok(file)))?;
        }
    }
    let mut judges = [Judge::start(&["-j2"], &small)?, Judge::start(&["-j2"], &large)?];
    for judge in &mut judges {
        judge.ask(&sum_request(1))?;
        judge.answer()?;
    }
    for _ in 0..20 {
        for (judge, series) in judges.iter_mut().zip([&mut few, &mut many]) {
            let began = Instant::now();
            for _ in 0..50 {
                judge.ask(&sum_request(1))?;
                ensure!(judge.answer()?["compile"]["cached"] == true, "not cached");
            }
            series.add_us(began.elapsed().as_secs_f64() * 1e6 / 50.0);
        }
    }
    judges.into_iter().try_for_each(Judge::end)?;
    Ok(vec![
        few.row("cache_10", None, "a request of one test, its program cached among 10 others"),
        many.row("cache_10000", Some(few.p50()), "among 10,000; ratio to cache_10"),
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
            request["labels"] = serde_json::json!({"x": "y".repeat(usize::from(mib) << 20)});
            let request = line(&request);
            let began = Instant::now();
            judge.tell(&request)?;
            let answer = judge.hear()?;
            series.add_us(began.elapsed().as_secs_f64() * 1e6 / f64::from(mib));
            read(&answer)?;
        }
    }
    judge.end()?;
    let base = series[1].p50();
    let [ten, hundred, thousands] = &series;
    Ok(vec![
        ten.row("tests_10", Some(base), "for each test of requests with 10; ratio to tests_100"),
        hundred.row("tests_100", None, "with 100"),
        thousands.row("tests_5000", Some(base), "with 5,000; ratio to tests_100"),
        long.row("line_1m", Some(short.p50()), "a line of 16 MiB in and out again, for each MiB; ratio to one of 1 MiB"),
    ])
}

/// Whether a tool is there.
pub fn on_path(tool: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|o| o.status.success())
}
