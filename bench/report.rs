//! Medians, and how they are shown.
use anyhow::Context as _;
use assize::cli::HostArgs;
use assize::frontend;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Values of one measurement, in microseconds.
pub struct Series(Vec<f64>);

/// One line of the table.
#[derive(Serialize)]
pub struct Row {
    pub name: &'static str,
    /// How many values there are; with fewer than a hundred, `p99_us` is the greatest of them.
    pub n: usize,
    pub p50_us: f64,
    pub p99_us: f64,
    /// p50 to that of another row, or of what `ratio_to` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio_to: Option<&'static str>,
    /// What else was counted.
    #[serde(flatten)]
    pub more: BTreeMap<&'static str, f64>,
    /// What a value is.
    pub note: String,
}

impl Row {
    /// Something that was counted beside the times.
    pub fn with(mut self, what: &'static str, number: f64) -> Self {
        self.more.insert(what, hundredth(number));
        self
    }
}

/// What a row is held against.
#[derive(Clone, Copy)]
pub struct Base {
    name: &'static str,
    p50_us: f64,
}

/// Where, and with what in force.
#[derive(Serialize)]
pub struct Host {
    kernel: String,
    cpu: String,
    cpus: usize,
    root: bool,
    uid_map: &'static str,
    limits: &'static str,
    landlock_abi: Option<u32>,
    /// Of the last minute, these measurements among it: they keep up to two CPUs busy.
    load: String,
    /// Time that the hypervisor took from this machine since it started, in per cent of all.
    steal_percent: f64,
}

impl Series {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn add(&mut self, time: Duration) {
        self.add_us(time.as_secs_f64() * 1e6);
    }

    pub fn add_us(&mut self, us: f64) {
        self.0.push(us);
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }

    pub fn p50(&self) -> f64 {
        self.at(0.5)
    }

    fn at(&self, quantile: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index below the length"
        )]
        let at = (sorted.len() as f64 * quantile) as usize;
        sorted.get(at).copied().unwrap_or_default()
    }

    /// Standard deviation over mean.
    pub fn variation(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand values")]
        let n = self.0.len() as f64;
        let mean = self.0.iter().sum::<f64>() / n;
        (self.0.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt() / mean
    }

    /// As what others are held against.
    pub fn base(&self, name: &'static str) -> Base {
        Base { name, p50_us: self.p50() }
    }

    pub fn row(&self, name: &'static str, base: impl Into<Option<Base>>, note: impl Into<String>) -> Row {
        let base = base.into();
        Row {
            name,
            n: self.len(),
            p50_us: tenth(self.p50()),
            p99_us: tenth(self.at(0.99)),
            ratio: base.map(|base| hundredth(self.p50() / base.p50_us)),
            ratio_to: base.map(|base| base.name),
            more: BTreeMap::new(),
            note: note.into(),
        }
    }
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

pub fn hundredth(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

impl Host {
    /// Says where what was measured is less than there could be.
    pub fn warn(&self) {
        if self.uid_map != "subuid" {
            eprintln!(
                "bench: runs had the caller's own ids: this user has no subordinate ids, or newuidmap(1) is missing (apt-get install uidmap)"
            );
        }
    }
}

/// This machine, now.
pub fn host() -> anyhow::Result<Host> {
    let found = frontend::Host::find(&HostArgs::default())?;
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|l| l.strip_prefix("model name")?.split_once(": ")).map_or("unknown", |(_, name)| name);
    Ok(Host {
        kernel: nix::sys::utsname::uname().context("uname")?.release().to_string_lossy().into_owned(),
        cpu: cpu.to_owned(),
        cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        root: nix::unistd::Uid::effective().is_root(),
        uid_map: found.ids.as_str(),
        limits: found.mode().as_str(),
        landlock_abi: found.landlock,
        load: std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned(),
        steal_percent: steal_percent(),
    })
}

/// The eighth number of /proc/stat's first line (proc_stat(5)).
fn steal_percent() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<f64> = text.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
    let all: f64 = ticks.iter().take(8).sum();
    hundredth(ticks.get(7).copied().unwrap_or_default() / all.max(1.0) * 100.0)
}

pub fn json(rows: &[Row], host: &Host) {
    println!("{}", serde_json::json!({"results": rows, "host": host}));
}

pub fn table(rows: &[Row], host: &Host) {
    println!("{:17} {:>5} {:>11} {:>11} {:>6}", "what", "n", "p50 µs", "p99 µs", "ratio");
    for row in rows {
        let ratio = row.ratio.map_or_else(String::new, |r| format!("{r:.2}"));
        // The name of what it is held against belongs to the number.
        let to = row.ratio_to.map_or_else(String::new, |to| format!("to {to}"));
        let more: String = row.more.iter().map(|(what, number)| format!("; {what} {number}")).collect();
        println!("{:17} {:>5} {:>11.1} {:>11.1} {ratio:>6} {to:17} {}{more}", row.name, row.n, row.p50_us, row.p99_us, row.note);
    }
    let who = if host.root { "root" } else { "an unprivileged user" };
    let landlock = host.landlock_abi.map_or_else(|| "none".to_owned(), |abi| format!("ABI {abi}"));
    println!(
        "\nLinux {}, {} CPUs ({}), load {}, steal {}%; as {who}: uid map {}, limits {}, Landlock {landlock}",
        host.kernel, host.cpus, host.cpu, host.load, host.steal_percent, host.uid_map, host.limits
    );
}
