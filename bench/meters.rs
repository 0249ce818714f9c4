//! How exact limits and readings are.
use super::Options;
use super::binary::Judge;
use super::floor::compile;
use super::report::{Row, Series};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Stdio};

pub const ROWS: [&str; 5] = ["over_cpu", "over_wall", "spread_floor", "spread", "ping_pong"];

pub fn measure(_: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let mut judge = Judge::start(&["-j2"], dir.path())?;
    let spin = "int main(void) { for (volatile long i = 0;; i++); }";
    let sleep = "#include <unistd.h>\nint main(void) { for (;;) pause(); }";
    let mut rows = Vec::new();
    for (name, source, limits, key, limit, what) in [
        ("over_cpu", spin, json!({"cpu_time_ms": 100}), "cpu_time_ms", 100.0, "CPU time read past a limit of 100 ms, two workers busy"),
        ("over_wall", sleep, json!({"cpu_time_ms": 1000, "wall_time_ms": 100}), "wall_time_ms", 100.0, "wall time past a limit of 100 ms"),
    ] {
        judge.ask(&json!({"language": "c17", "source": source, "limits": limits, "tests": vec![json!({}); 100]}))?;
        let mut series = Series::new();
        for test in tests(&judge.answer()?)? {
            ensure!(test["verdict"] == "TLE", "{test}");
            series.add_us((number(test, key)? - limit) * 1000.0);
        }
        rows.push(series.row(name, None, what));
    }
    rows.extend(spread(&mut judge)?.into_iter().flatten());
    rows.push(ping_pong(&mut judge)?);
    judge.end()?;
    Ok(rows)
}

/// A loop of about 300 ms, the same every time: how far apart its readings are. By turns with the same outside, which tells how
/// much of that is the machine's.
fn spread(judge: &mut Judge) -> anyhow::Result<[Option<Row>; 2]> {
    const RUNS: usize = 100;
    const TURN: usize = 20;
    let source = |n: u64| format!("int main(void) {{ for (volatile long i = 0; i < {n}; i++); }}");
    let ask = |judge: &mut Judge, n: u64, count: usize| {
        judge.ask(&json!({"language": "c17", "source": source(n), "tests": vec![json!({}); count]}))?;
        judge.answer()
    };
    let trial = ask(judge, 100_000_000, 6)?;
    let per_ms = 100_000_000.0 / number(tests(&trial)?.last().context("no tests")?, "cpu_time_ms")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred million")]
    let n = (per_ms * 300.0) as u64;
    let outside = Outside::new(&source(n))?;
    let cpus = two_cpus()?;
    let (mut series, mut floor) = (Series::new(), Series::new());
    let (mut switches, mut steal, mut pressure) = (0.0, 0.0, None);
    for _ in 0..RUNS / TURN {
        let before = noise();
        for test in tests(&ask(judge, n, TURN)?)? {
            ensure!(test["verdict"] == "OK", "{test}");
            series.add_us(number(test, "cpu_time_ms")? * 1000.0);
        }
        let after = noise();
        switches += after.switches - before.switches;
        steal += after.steal - before.steal;
        pressure = after.pressure.or(pressure);
        if let Some(cpus) = cpus {
            outside.run(cpus, TURN / 2)?.into_iter().for_each(|us| floor.add_us(us));
        }
    }
    let pinned = if cpus.is_some() { "two workers, each on a CPU of its own" } else { "two workers, one CPU" };
    let note = format!(
        "CPU time of a spin of about 300 ms, {pinned}{}",
        pressure.map_or_else(String::new, |p| format!("; meanwhile CPU pressure {p}"))
    );
    let spread = series
        .row("spread", None, note)
        .with("cv_percent", series.variation() * 100.0)
        .with("context_switches", switches)
        .with("steal_ticks", steal);
    let outside = cpus.map(|_| {
        let note = "the same outside, by turns: two at a time, each on a CPU of its own";
        floor.row("spread_floor", None, note).with("cv_percent", floor.variation() * 100.0)
    });
    Ok([outside, Some(spread)])
}

/// The first two that we may use; nothing: there is one.
fn two_cpus() -> anyhow::Result<Option<[usize; 2]>> {
    let may = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0))?;
    let mut cpus = (0..nix::sched::CpuSet::count()).filter(|cpu| may.is_set(*cpu).unwrap_or(false));
    Ok(cpus.next().zip(cpus.next()).map(|(one, other)| [one, other]))
}

/// The spin without a sandbox: two CPUs, each with one after the other.
struct Outside(tempfile::TempDir);

impl Outside {
    fn new(spin: &str) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        for (name, source) in [("spin", spin), ("outside", OUTSIDE)] {
            compile(dir.path(), name, source)?;
        }
        Ok(Self(dir))
    }

    /// The CPU time of each, in microseconds.
    fn run(&self, cpus: [usize; 2], each: usize) -> anyhow::Result<Vec<f64>> {
        let start = |cpu: usize| {
            let mut command = Command::new(self.0.path().join("outside"));
            command.args([cpu, each].map(|n| n.to_string())).arg(self.0.path().join("spin")).stdout(Stdio::piped()).spawn()
        };
        let both = [start(cpus[0])?, start(cpus[1])?];
        let mut times = Vec::new();
        for one in both {
            let output = one.wait_with_output()?;
            ensure!(output.status.success(), "the spin outside ended with {}", output.status);
            for line in String::from_utf8(output.stdout)?.lines() {
                times.push(line.parse()?);
            }
        }
        Ok(times)
    }
}

const OUTSIDE: &str = r#"
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (argc != 4) return 2;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(argv[1]), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return 3;
    for (int i = atoi(argv[2]); i > 0; i--) {
        struct rusage used;
        char *none[] = {argv[3], NULL};
        int status;
        pid_t pid = vfork();
        if (pid == 0) execve(argv[3], none, none + 1), _exit(127);
        if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0) return 1;
        printf("%ld\n", (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    }
}
"#;

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
    Ok(series.row(
        "ping_pong",
        None,
        "one byte to the interactor and back over two direct pipes, both in their sandboxes; a value is the mean of 20,000",
    ))
}

fn tests(answer: &Value) -> anyhow::Result<&Vec<Value>> {
    answer["tests"].as_array().with_context(|| format!("no tests: {answer}"))
}

fn number(test: &Value, key: &str) -> anyhow::Result<f64> {
    test[key].as_f64().with_context(|| format!("no {key}: {test}"))
}

/// What disturbs a reading: the kernel's counters of the whole machine.
struct Noise {
    switches: f64,
    steal: f64,
    /// `some avg10` of /proc/pressure/cpu, where there is one.
    pressure: Option<String>,
}

fn noise() -> Noise {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let field = |line: &str, at: usize| line.split_whitespace().nth(at).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    let pressure = fs::read_to_string("/proc/pressure/cpu").ok();
    Noise {
        switches: stat.lines().find(|l| l.starts_with("ctxt")).map_or(0.0, |l| field(l, 1)),
        steal: stat.lines().next().map_or(0.0, |l| field(l, 8)),
        pressure: pressure.and_then(|p| Some(p.lines().next()?.split_whitespace().nth(1)?.to_owned())),
    }
}
