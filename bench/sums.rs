//! What judging adds to runs: a small program by itself, in the sandbox, as a thousand tests of a request, and as ten thousand requests.
//!
//! All by turns, a few hundred runs of each: what is compared is of the same half minute, whatever else the host does in it.
use super::Options;
use super::binary::{Judge, line, read};
use super::floor::compile;
use super::report::{Row, Series};
use super::runs::{BLOCK, saturate};
use super::sandboxed::Sandbox;
use anyhow::{Context as _, anyhow, ensure};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A small compiled program: reads two numbers, prints their sum.
pub const SUM: &str =
    "#include <stdio.h>\nint main(void) { long a, b; if (scanf(\"%ld %ld\", &a, &b) != 2) return 1; printf(\"%ld\\n\", a + b); }";

pub const ROWS: [&str; 7] = ["sum_floor", "sum_floor_busy", "sum_spawn", "sum_busy", "tests_1000", "tests_1000_spare", "requests_10000"];

const WORKERS: usize = 2;
const TESTS: usize = 1000;
const REQUESTS: usize = 10_000;
/// Requests by which they come to their turn.
const BATCH: usize = 500;

/// What a test of the request tells the program, and what it answers.
const INPUT: &[u8] = b"500 500\n";
const OUTPUT: &[u8] = b"1000\n";

pub fn sum_request(tests: usize) -> Value {
    let tests: Vec<Value> = (0..tests).map(|i| json!({"stdin": format!("{i} {i}\n"), "answer": format!("{}\n", 2 * i)})).collect();
    json!({"language": "c17", "source": SUM, "tests": tests})
}

/// The program by itself: told and saying what it is in a test, for one without input ends the sooner.
fn bare(program: &Path) -> anyhow::Result<()> {
    let mut child = Command::new(program).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no stdin")?.write_all(INPUT)?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success() && output.stdout == OUTPUT, "the program came to {output:?}");
    Ok(())
}

/// So many of them, on every worker's CPU at a time.
fn bare_busy(program: &Path) -> anyhow::Result<()> {
    std::thread::scope(|threads| {
        let all = [(); WORKERS].map(|()| threads.spawn(|| (0..BLOCK).try_for_each(|_| bare(program))));
        all.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow!("a panic"))?)
    })
}

/// For each of `runs` that took so long in all on so many workers, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn each(took: Duration, workers: usize, runs: usize) -> f64 {
    took.as_secs_f64() * 1e6 * workers as f64 / runs as f64
}

/// A judge that has compiled the program, and whose slots stand.
fn judge(workers: usize, cache: &Path) -> anyhow::Result<Judge> {
    let mut judge = Judge::start(&[&format!("-j{workers}")], cache)?;
    judge.ask(&sum_request(20))?;
    judge.answer()?;
    Ok(judge)
}

/// One request's time.
fn tests(judge: &mut Judge, request: &str) -> anyhow::Result<Duration> {
    let began = Instant::now();
    judge.tell(request)?;
    let answer = judge.hear()?;
    let took = began.elapsed();
    ensure!(read(&answer)?["verdict"] == "AC", "{answer}");
    Ok(took)
}

/// A batch's time.
fn requests(judge: &mut Judge, request: &str) -> anyhow::Result<Duration> {
    const WINDOW: usize = 20;
    let (began, mut answers) = (Instant::now(), Vec::new());
    // So many under way that no worker ever waits, and so few that the pipes never fill: one thread both asks and listens.
    for asked in 0..BATCH + WINDOW {
        if asked >= WINDOW {
            answers.push(judge.hear()?);
        }
        if asked < BATCH {
            judge.tell(request)?;
        }
    }
    let took = began.elapsed();
    for answer in answers {
        ensure!(read(&answer)?["verdict"] == "AC", "a wrong verdict: {answer}");
    }
    Ok(took)
}

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let (cache, program) = (dir.path().join("cache"), compile(dir.path(), "sum", SUM)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pool = Arc::new(Sandbox::new(std::fs::read(&program)?, WORKERS)?);
    runtime.block_on(pool.warm())?;
    let (mut full, mut spare, mut many) = (judge(WORKERS, &cache)?, judge(1, &cache)?, judge(WORKERS, &cache)?);
    let (thousand, one) = (line(&sum_request(TESTS)), line(&sum_request(1)));
    let [mut floor, mut floor_busy, mut spawn, mut busy, mut tests_1000, mut tests_spare, mut requests_10000] =
        [const { Series::new() }; 7];
    let (rounds, mut first, mut last) = (REQUESTS / BATCH, None, None);
    for round in 0..rounds {
        for _ in 0..options.runs.div_ceil(BLOCK * rounds) {
            for _ in 0..BLOCK {
                let began = Instant::now();
                bare(&program)?;
                floor.add(began.elapsed());
            }
            let began = Instant::now();
            bare_busy(&program)?;
            floor_busy.add_us(each(began.elapsed(), 1, BLOCK));
            runtime.block_on(async {
                for _ in 0..BLOCK {
                    let began = Instant::now();
                    let said = pool.ask(INPUT).await?;
                    spawn.add(began.elapsed());
                    ensure!(said == OUTPUT, "the program said {said:?}");
                }
                let began = Instant::now();
                saturate(&pool, WORKERS, Some(INPUT)).await?;
                busy.add_us(each(began.elapsed(), 1, BLOCK));
                anyhow::Ok(())
            })?;
        }
        tests_1000.add_us(each(tests(&mut full, &thousand)?, WORKERS, TESTS));
        tests_spare.add_us(each(tests(&mut spare, &thousand)?, 1, TESTS));
        requests_10000.add_us(each(requests(&mut many, &one)?, WORKERS, BATCH));
        last = Some(many.footprint()?);
        if (round + 1) * BATCH == 1000 {
            first = last;
        }
    }
    runtime.block_on(pool.close());
    [full, spare, many].into_iter().try_for_each(Judge::end)?;
    let (first, last) = (first.context("no footprint")?, last.context("no footprint")?);
    let (base, run) = (floor.base("sum_floor"), spawn.base("sum_spawn"));
    let to_busy = tests_1000.p50() / busy.p50();
    Ok(vec![
        floor.row("sum_floor", None, "a small static C program with its input and output through pipes, without isolation"),
        floor_busy.row(
            "sum_floor_busy",
            base,
            format!(
                "likewise, {WORKERS} at a time: what the machine itself loses so; a value is the mean of {BLOCK} each: wall time ÷ {BLOCK}"
            ),
        ),
        spawn.row("sum_spawn", base, "the same in the sandbox, a call after the other"),
        busy.row("sum_busy", base, format!("likewise, {WORKERS} at a time; a value is the mean of {BLOCK} each: wall time ÷ {BLOCK}")),
        tests_1000
            .row(
                "tests_1000",
                run,
                format!("a request of 1,000 tests, {WORKERS} workers: wall time × {WORKERS} ÷ 1,000; a value is a request"),
            )
            .with("ratio_to_sum_busy", to_busy),
        tests_spare.row("tests_1000_spare", run, "the same by one worker, so that a CPU is to spare: wall time ÷ 1,000"),
        requests_10000
            .row(
                "requests_10000",
                tests_1000.base("tests_1000"),
                format!("10,000 requests of one test, {WORKERS} workers: wall time × {WORKERS} ÷ {BATCH}; a value is {BATCH} of them"),
            )
            .with("kib_grown_from_1000th", f64::from(i32::try_from(last.resident_kib - first.resident_kib)?))
            .with("descriptors_grown", f64::from(i32::try_from(last.descriptors)? - i32::try_from(first.descriptors)?)),
    ])
}
