//! What judging adds to runs: a request of many tests, many requests, the cache, the first answer, a gigabyte each way.
use super::Options;
use super::binary::{Judge, line, read};
use super::report::{Row, Series, hundredth};
use super::runs::{BLOCK, saturate};
use super::sandboxed::Sandbox;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

/// A small compiled program: reads two numbers, prints their sum.
pub const SUM: &str =
    "#include <stdio.h>\nint main(void) { long a, b; if (scanf(\"%ld %ld\", &a, &b) != 2) return 1; printf(\"%ld\\n\", a + b); }";

pub const ROWS: [&str; 9] = [
    "sum_floor",
    "sum_spawn",
    "sum_busy",
    "tests_1000",
    "tests_1000_spare",
    "requests_10000",
    "first_answer",
    "cached_elsewhere",
    "compiled_once",
];
pub const STREAMS: [&str; 2] = ["stdin_1g", "stdout_1g"];

const WORKERS: usize = 2;

pub fn sum_request(tests: usize) -> Value {
    let tests: Vec<Value> = (0..tests).map(|i| json!({"stdin": format!("{i} {i}\n"), "answer": format!("{}\n", 2 * i)})).collect();
    json!({"language": "c17", "source": SUM, "tests": tests})
}

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let (cache, program) = (dir.path().join("cache"), dir.path().join("sum"));
    let mut rows = one_run(options, &program)?;
    let busy = rows[2].p50_us;
    let run = Some(rows[1].p50_us);
    let tests = tests_1000(&cache, WORKERS)?;
    let against_busy = hundredth(tests.p50() / busy);
    let note = format!("one request of 1,000 tests, for each: wall time × 2 ÷ 1,000; ratio to sum_spawn ({against_busy} to sum_busy)");
    rows.push(tests.row("tests_1000", run, note));
    let note = "the same by one worker, so that a CPU is to spare: wall time ÷ 1,000; ratio to sum_spawn";
    rows.push(tests_1000(&cache, 1)?.row("tests_1000_spare", run, note));
    let throughput = tests.p50();
    rows.push(requests_10000(&cache, throughput)?);
    rows.push(first_answer(&cache)?);
    rows.extend(cache_rows(dir.path())?);
    Ok(rows)
}

/// What a test of the request tells it, and what it answers.
const INPUT: &[u8] = b"500 500\n";
const OUTPUT: &[u8] = b"1000\n";

/// The program by itself, and in the sandbox: what the others are held against. The host's compiler makes it as the profile
/// would. It is told and says what it is in a test, for one without input ends the sooner.
fn one_run(options: &Options, program: &Path) -> anyhow::Result<Vec<Row>> {
    let source = program.with_extension("c");
    std::fs::write(&source, SUM)?;
    let status = Command::new("gcc").args(["-O2", "-static", "-o"]).arg(program).arg(&source).status().context("gcc")?;
    ensure!(status.success(), "gcc ended with {status}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = Arc::new(Sandbox::new(std::fs::read(program)?, WORKERS)?);
        pool.warm().await?;
        let [mut floor, mut spawn, mut busy] = [const { Series::new() }; 3];
        for _ in 0..options.runs.div_ceil(BLOCK) {
            for _ in 0..BLOCK {
                let began = Instant::now();
                let mut child = Command::new(program).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
                child.stdin.take().context("no stdin")?.write_all(INPUT)?;
                let output = child.wait_with_output()?;
                floor.add(began.elapsed());
                ensure!(output.status.success() && output.stdout == OUTPUT, "the program came to {output:?}");
            }
            for _ in 0..BLOCK {
                let began = Instant::now();
                let said = pool.ask(INPUT).await?;
                spawn.add(began.elapsed());
                ensure!(said == OUTPUT, "the program said {said:?}");
            }
            let began = Instant::now();
            saturate(&pool, WORKERS, Some(INPUT)).await?;
            #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
            busy.add_us(began.elapsed().as_secs_f64() * 1e6 / BLOCK as f64);
        }
        pool.close().await;
        let base = Some(floor.p50());
        Ok(vec![
            floor.row("sum_floor", None, "a small static C program with its input and output through pipes, without isolation"),
            spawn.row("sum_spawn", base, "the same in the sandbox, a call after the other; ratio to sum_floor"),
            busy.row("sum_busy", base, "likewise, both workers busy: wall time × 2 ÷ runs; ratio to sum_floor"),
        ])
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn tests_1000(cache: &Path, workers: usize) -> anyhow::Result<Series> {
    let mut judge = Judge::start(&[&format!("-j{workers}")], cache)?;
    // Compiled, cached, and the slots stand.
    judge.ask(&sum_request(20))?;
    judge.answer()?;
    let (mut series, request) = (Series::new(), line(&sum_request(1000)));
    for _ in 0..9 {
        let began = Instant::now();
        judge.tell(&request)?;
        let answer = judge.hear()?;
        series.add_us(began.elapsed().as_secs_f64() * 1e6 * workers as f64 / 1000.0);
        ensure!(read(&answer)?["verdict"] == "AC", "{answer}");
    }
    judge.end()?;
    Ok(series)
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn requests_10000(cache: &Path, tests: f64) -> anyhow::Result<Row> {
    const COUNT: usize = 10_000;
    const BATCH: usize = 500;
    const WINDOW: usize = 20;
    let mut judge = Judge::start(&["-j2"], cache)?;
    let (mut series, request) = (Series::new(), line(&sum_request(1)));
    let (mut first, mut last) = (None, None);
    for batch in 0..COUNT / BATCH {
        let (began, mut answers) = (Instant::now(), Vec::new());
        // So many under way that no worker ever waits, and so few that the pipes never fill: one thread both asks and listens.
        for asked in 0..BATCH + WINDOW {
            if asked >= WINDOW {
                answers.push(judge.hear()?);
            }
            if asked < BATCH {
                judge.tell(&request)?;
            }
        }
        series.add_us(began.elapsed().as_secs_f64() * 1e6 * WORKERS as f64 / BATCH as f64);
        for answer in answers {
            ensure!(read(&answer)?["verdict"] == "AC", "a wrong verdict: {answer}");
        }
        if (batch + 1) * BATCH == 1000 {
            first = Some(judge.footprint()?);
        }
        last = Some(judge.footprint()?);
    }
    judge.end()?;
    let (first, last) = (first.context("no footprint")?, last.context("no footprint")?);
    let note = format!(
        "10,000 requests of one test, for each: wall time × 2; ratio to tests_1000; from the 1,000th on {:+} KiB and {:+} descriptors",
        last.resident_kib - first.resident_kib,
        i64::try_from(last.descriptors)? - i64::try_from(first.descriptors)?
    );
    Ok(series.row("requests_10000", Some(tests), note))
}

/// From the start of the process to its first answer, beyond what Python takes for the same by itself.
fn first_answer(cache: &Path) -> anyhow::Result<Row> {
    let request = json!({"language": "python3", "source": "print(int(input()) + 1)", "tests": [{"stdin": "1", "answer": "2"}]});
    let [mut ours, mut python, mut beyond] = [const { Series::new() }; 3];
    for _ in 0..40 {
        let began = Instant::now();
        let mut judge = Judge::start(&[], cache)?;
        judge.ask(&request)?;
        judge.answer()?;
        let took = began.elapsed();
        ours.add(took);
        judge.end()?;
        let began = Instant::now();
        let script = "import io, sys; sys.stdin = io.StringIO('1'); print(int(input()) + 1)";
        ensure!(Command::new("python3").args(["-c", script]).stdout(Stdio::null()).status()?.success(), "python3 failed");
        python.add(began.elapsed());
        beyond.add_us((took.as_secs_f64() - began.elapsed().as_secs_f64()) * 1e6);
    }
    let note =
        format!("start of `assize judge` to its first answer, a small Python request, less Python's own time ({:.0} µs)", python.p50());
    Ok(beyond.row("first_answer", Some(python.p50()), note))
}

fn cache_rows(dir: &Path) -> anyhow::Result<Vec<Row>> {
    let [mut cold, mut warm, mut fifty] = [const { Series::new() }; 3];
    for round in 0..10 {
        let cache = dir.join(format!("cache-{round}"));
        for (series, cached) in [(&mut cold, false), (&mut warm, true)] {
            let began = Instant::now();
            let mut judge = Judge::start(&[], &cache)?;
            judge.ask(&sum_request(1))?;
            let answer = judge.answer()?;
            series.add(began.elapsed());
            ensure!(answer["compile"]["cached"] == cached, "{answer}");
            judge.end()?;
        }
    }
    let cache = dir.join("cache-50");
    let began = Instant::now();
    let mut judges = Vec::new();
    for _ in 0..50 {
        let mut judge = Judge::start(&["-j1"], &cache)?;
        judge.ask(&sum_request(1))?;
        judges.push(judge);
    }
    let mut compiled = 0;
    for judge in &mut judges {
        compiled += usize::from(judge.answer()?["compile"]["cached"] == false);
    }
    fifty.add(began.elapsed());
    judges.into_iter().try_for_each(Judge::end)?;
    Ok(vec![
        warm.row(
            "cached_elsewhere",
            Some(cold.p50()),
            "a process that finds what another compiled, to its answer; ratio to the one that compiled",
        ),
        fifty.row("compiled_once", None, format!("50 processes at once, the same new source: compiled {compiled} time(s)")),
    ])
}

pub fn streams(_: &Options) -> anyhow::Result<Vec<Row>> {
    const GIB: u64 = 1 << 30;
    let dir = tempfile::tempdir()?;
    let (cache, big) = (dir.path().join("cache"), dir.path().join("big"));
    let mut file = BufWriter::new(File::create(&big)?);
    let line = b"0123456789012345678901234567890123456789012345678901234567890 2\n";
    (0..GIB / 64).try_for_each(|_| file.write_all(line))?;
    file.flush()?;
    let limits = json!({"cpu_time_ms": 60_000, "wall_time_ms": 120_000, "output_bytes": 2 * GIB});
    let read = "#include <unistd.h>\nstatic char b[1 << 16]; int main(void) { long n = 0, r; while ((r = read(0, b, sizeof b)) > 0) n += r; return n != 1073741824; }";
    let copy = "#include <unistd.h>\nstatic char b[1 << 16]; int main(void) { long r; while ((r = read(0, b, sizeof b)) > 0) if (write(1, b, r) != r) return 1; return 0; }";
    let mut rows = Vec::new();
    for (name, source, answer, what) in [
        ("stdin_1g", read, Value::Null, "1 GiB of stdin by path, read to its end; ratio to `cat` of it"),
        ("stdout_1g", copy, json!({"path": big}), "1 GiB of output against 1 GiB of answer, tokens; ratio to `cat` of it"),
    ] {
        let request = json!({"language": "c17", "source": source, "limits": limits, "tests": [{"stdin": {"path": big}, "answer": answer}]});
        let mut judge = Judge::start(&["-j1"], &cache)?;
        judge.ask(&sum_request(1))?;
        judge.answer()?;
        let before = judge.footprint()?.resident_kib;
        let [mut ours, mut cat] = [const { Series::new() }; 2];
        for _ in 0..3 {
            let began = Instant::now();
            judge.ask(&request)?;
            let answer = judge.answer()?;
            ours.add(began.elapsed());
            ensure!(answer["verdict"] == "AC" || answer["verdict"] == "OK", "{answer}");
            let began = Instant::now();
            let mut child = Command::new("cat").arg(&big).stdout(Stdio::piped()).spawn()?;
            std::io::copy(child.stdout.as_mut().context("no stdout")?, &mut std::io::sink())?;
            ensure!(child.wait()?.success(), "cat failed");
            cat.add(began.elapsed());
        }
        let grown = judge.peak_kib()? - before;
        judge.end()?;
        rows.push(ours.row(name, Some(cat.p50()), format!("{what}; the judge grew by {grown} KiB at most")));
    }
    Ok(rows)
}
