//! How exact limits and readings are.
use super::Options;
use super::binary::Judge;
use super::report::{Row, Series, hundredth};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs;

pub const ROWS: [&str; 4] = ["over_cpu", "over_wall", "spread", "ping_pong"];

pub fn measure(_: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let mut judge = Judge::start(&["-j2"], dir.path())?;
    let spin = "int main(void) { for (volatile long i = 0;; i++); }";
    let sleep = "#include <unistd.h>\nint main(void) { for (;;) pause(); }";
    let mut rows = Vec::new();
    for (name, source, limits, key, limit, what) in [
        (
            "over_cpu",
            spin,
            json!({"cpu_time_ms": 100}),
            "cpu_time_ms",
            100.0,
            "CPU time read past a limit of 100 ms, 100 runs, both workers busy",
        ),
        (
            "over_wall",
            sleep,
            json!({"cpu_time_ms": 1000, "wall_time_ms": 100}),
            "wall_time_ms",
            100.0,
            "wall time past a limit of 100 ms, 100 runs",
        ),
    ] {
        judge.ask(&json!({"language": "c17", "source": source, "limits": limits, "tests": vec![json!({}); 100]}))?;
        let mut series = Series::new();
        for test in tests(&judge.answer()?)? {
            ensure!(test["verdict"] == "TLE", "{test}");
            series.add_us((number(test, key)? - limit) * 1000.0);
        }
        rows.push(series.row(name, None, what));
    }
    rows.push(spread(&mut judge)?);
    rows.push(ping_pong(&mut judge)?);
    judge.end()?;
    Ok(rows)
}

/// A loop of about 300 ms, the same every time: how far apart its readings are.
fn spread(judge: &mut Judge) -> anyhow::Result<Row> {
    let source = |n: u64| format!("int main(void) {{ for (volatile long i = 0; i < {n}; i++); }}");
    let ask = |judge: &mut Judge, n: u64, count: usize| {
        judge.ask(&json!({"language": "c17", "source": source(n), "tests": vec![json!({}); count]}))?;
        judge.answer()
    };
    let trial = ask(judge, 100_000_000, 6)?;
    let per_ms = 100_000_000.0 / number(tests(&trial)?.last().context("no tests")?, "cpu_time_ms")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred million")]
    let n = (per_ms * 300.0) as u64;
    let before = noise();
    let answer = ask(judge, n, 100)?;
    let after = noise();
    let mut series = Series::new();
    for test in tests(&answer)? {
        ensure!(test["verdict"] == "OK", "{test}");
        series.add_us(number(test, "cpu_time_ms")? * 1000.0);
    }
    let percent = hundredth(series.variation() * 100.0);
    let note = format!(
        "CPU time of a spin of about 300 ms, 100 runs, both workers busy: coefficient of variation {percent}%; meanwhile {} context switches, {} ticks of steal{}",
        after.switches - before.switches,
        after.steal - before.steal,
        after.pressure.map_or_else(String::new, |p| format!(", CPU pressure {p}"))
    );
    Ok(series.row("spread", None, note))
}

/// A line each way, 20,000 times, between a submission and its interactor.
fn ping_pong(judge: &mut Judge) -> anyhow::Result<Row> {
    const ROUNDS: f64 = 20_000.0;
    let guess = "#include <unistd.h>\nint main(void) { char c; while (read(0, &c, 1) == 1) if (write(1, &c, 1) != 1) return 0; return 0; }";
    let ask = "#include <unistd.h>\nint main(void) { char c = 'x'; for (int i = 0; i < 20000; i++) if (write(1, &c, 1) != 1 || read(0, &c, 1) != 1) return 43; return 42; }";
    let limits = json!({"cpu_time_ms": 20_000, "wall_time_ms": 60_000});
    let interactor = json!({"protocol": "icpc", "language": "c17", "source": ask, "limits": limits});
    let request = json!({"language": "c17", "source": guess, "limits": limits, "interactor": interactor, "tests": vec![json!({}); 5]});
    let mut series = Series::new();
    judge.ask(&request)?;
    for test in tests(&judge.answer()?)? {
        ensure!(test["verdict"] == "AC", "{test}");
        series.add_us(number(test, "wall_time_ms")? * 1000.0 / ROUNDS);
    }
    Ok(series.row("ping_pong", None, "one byte to the interactor and back over two direct pipes, both in their sandboxes"))
}

fn tests(answer: &Value) -> anyhow::Result<&Vec<Value>> {
    answer["tests"].as_array().with_context(|| format!("no tests: {answer}"))
}

fn number(test: &Value, key: &str) -> anyhow::Result<f64> {
    test[key].as_f64().with_context(|| format!("no {key}: {test}"))
}

/// What disturbs a reading: the kernel's counters of the whole machine.
struct Noise {
    switches: u64,
    steal: u64,
    /// `some avg10` of /proc/pressure/cpu, where there is one.
    pressure: Option<String>,
}

fn noise() -> Noise {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let field = |line: &str, at: usize| line.split_whitespace().nth(at).and_then(|n| n.parse().ok()).unwrap_or(0);
    let pressure = fs::read_to_string("/proc/pressure/cpu").ok();
    Noise {
        switches: stat.lines().find(|l| l.starts_with("ctxt")).map_or(0, |l| field(l, 1)),
        steal: stat.lines().next().map_or(0, |l| field(l, 8)),
        pressure: pressure.and_then(|p| Some(p.lines().next()?.split_whitespace().nth(1)?.to_owned())),
    }
}
