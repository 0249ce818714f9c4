//! What judging is beside its runs: the first answer, the cache, a gigabyte each way.
use super::Options;
use super::binary::Judge;
use super::floor::compile;
use super::report::{Row, Series};
use super::sums::sum_request;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs::{File, Permissions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub const ROWS: [&str; 3] = ["first_answer", "cached_elsewhere", "compiled_once"];
pub const STREAMS: [&str; 2] = ["stdin_1g", "stdout_1g"];
const STREAMED: usize = 5;

pub fn measure(_: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let mut rows = vec![first_answer(&dir.path().join("cache"))?];
    rows.extend(cache_rows(dir.path())?);
    Ok(rows)
}

/// From the start of the process to its first answer, beyond what Python takes for the same by itself.
fn first_answer(cache: &Path) -> anyhow::Result<Row> {
    let request = json!({"language": "python3", "source": "print(int(input()) + 1)", "tests": [{"stdin": "1", "answer": "2"}]});
    let [mut python, mut beyond] = [const { Series::new() }; 2];
    for _ in 0..40 {
        let began = Instant::now();
        let mut judge = Judge::start(&[], cache)?;
        judge.ask(&request)?;
        judge.answer()?;
        let took = began.elapsed();
        judge.end()?;
        let began = Instant::now();
        let script = "import io, sys; sys.stdin = io.StringIO('1'); print(int(input()) + 1)";
        ensure!(Command::new("python3").args(["-c", script]).stdout(Stdio::null()).status()?.success(), "python3 failed");
        let alone = began.elapsed();
        python.add(alone);
        beyond.add_us((took.as_secs_f64() - alone.as_secs_f64()) * 1e6);
    }
    let note = "start of `assize judge` to its first answer, a small Python request, less what Python takes for it by itself";
    Ok(beyond.row("first_answer", None, note).with("python_us", python.p50()))
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
        compiled += u16::from(judge.answer()?["compile"]["cached"] == false);
    }
    fifty.add(began.elapsed());
    judges.into_iter().try_for_each(Judge::end)?;
    Ok(vec![
        warm.row(
            "cached_elsewhere",
            cold.base("one that compiles"),
            "a process that finds what another has compiled, from its start to its answer",
        ),
        fifty
            .row("compiled_once", None, "50 processes at once, the same new source, to the last answer")
            .with("compiled", f64::from(compiled)),
    ])
}

pub fn streams(_: &Options) -> anyhow::Result<Vec<Row>> {
    const GIB: u64 = 1 << 30;
    let dir = tempfile::tempdir()?;
    let (cache, big) = (dir.path().join("cache"), dir.path().join("big"));
    let mut file = BufWriter::new(File::create(&big)?);
    // What runs may not read by themselves is copied for them first.
    file.get_ref().set_permissions(Permissions::from_mode(0o644))?;
    let line = b"0123456789012345678901234567890123456789012345678901234567890 2\n";
    (0..GIB / 64).try_for_each(|_| file.write_all(line))?;
    file.flush()?;
    let limits = json!({"cpu_time_ms": 60_000, "wall_time_ms": 120_000, "output_bytes": 2 * GIB});
    let read = "#include <unistd.h>\nstatic char b[1 << 16]; int main(void) { long n = 0, r; while ((r = read(0, b, sizeof b)) > 0) n += r; return n != 1073741824; }";
    let copy = "#include <unistd.h>\nstatic char b[1 << 16]; int main(void) { long r; while ((r = read(0, b, sizeof b)) > 0) if (write(1, b, r) != r) return 1; return 0; }";
    let mut rows = Vec::new();
    for (name, base, source, answer, note) in [
        ("stdin_1g", "it outside", read, Value::Null, "a program that reads 1 GiB of stdin, given by path, to its end"),
        (
            "stdout_1g",
            "it outside",
            copy,
            json!({"path": big}),
            "one that writes it all to stdout, compared with 1 GiB of answer, tokens; outside: thrown away",
        ),
    ] {
        let outside = compile(dir.path(), name, source)?;
        let request = json!({"language": "c17", "source": source, "limits": limits, "tests": [{"stdin": {"path": big}, "answer": answer}]});
        let mut judge = Judge::start(&["-j1"], &cache)?;
        judge.ask(&sum_request(1))?;
        judge.answer()?;
        let before = judge.footprint()?.resident_kib;
        let [mut ours, mut alone] = [const { Series::new() }; 2];
        for _ in 0..STREAMED {
            let began = Instant::now();
            judge.ask(&request)?;
            let answer = judge.answer()?;
            ours.add(began.elapsed());
            ensure!(answer["verdict"] == "AC" || answer["verdict"] == "OK", "{answer}");
            let began = Instant::now();
            let mut child = Command::new(&outside).stdin(File::open(&big)?).stdout(Stdio::piped()).spawn()?;
            std::io::copy(child.stdout.as_mut().context("no stdout")?, &mut std::io::sink())?;
            ensure!(child.wait()?.success(), "{name} failed outside");
            alone.add(began.elapsed());
        }
        let grown = judge.peak_kib()? - before;
        judge.end()?;
        rows.push(ours.row(name, alone.base(base), note).with("kib_grown", f64::from(i32::try_from(grown)?)));
    }
    Ok(rows)
}
