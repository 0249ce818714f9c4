//! Medians, and how they are shown.
use serde::Serialize;
use std::time::Duration;

/// Times of one measurement.
#[derive(Default)]
pub struct Series(Vec<Duration>);

/// One line of the table.
#[derive(Serialize)]
pub struct Row {
    pub name: &'static str,
    pub p50_us: f64,
    pub p99_us: f64,
    /// p50 over the floor's p50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

/// Where, and with what in force.
#[derive(Serialize)]
pub struct Host {
    pub kernel: String,
    pub cpu: String,
    pub cpus: usize,
    pub root: bool,
    pub uid_map: &'static str,
    pub limits: &'static str,
    pub landlock_abi: Option<u32>,
    /// Of the last minute: above 1 somebody else was at work too.
    pub load: String,
    pub runs: usize,
}

impl Series {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn p50(&self) -> Duration {
        self.at(0.5)
    }

    fn at(&self, quantile: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index below the length"
        )]
        let at = (sorted.len() as f64 * quantile) as usize;
        sorted.get(at).copied().unwrap_or_default()
    }

    pub fn row(&self, name: &'static str, floor: Duration) -> Row {
        let us = |d: Duration| (d.as_secs_f64() * 1e7).round() / 10.0;
        let ratio = (name != "floor").then(|| (self.p50().as_secs_f64() / floor.as_secs_f64() * 100.0).round() / 100.0);
        Row { name, p50_us: us(self.p50()), p99_us: us(self.at(0.99)), ratio }
    }
}

pub fn json(rows: &[Row], host: &Host) {
    println!("{}", serde_json::json!({"results": rows, "host": host}));
}

pub fn table(rows: &[Row], host: &Host) {
    println!("{:8} {:>10} {:>10} {:>8}", "what", "p50 µs", "p99 µs", "÷ floor");
    for row in rows {
        let ratio = row.ratio.map_or_else(|| "1".to_owned(), |r| format!("{r:.2}"));
        println!("{:8} {:>10.1} {:>10.1} {ratio:>8}", row.name, row.p50_us, row.p99_us);
    }
    let who = if host.root { "root" } else { "an unprivileged user" };
    let landlock = host.landlock_abi.map_or_else(|| "none".to_owned(), |abi| format!("ABI {abi}"));
    println!(
        "\n{} runs each, in blocks by turns; Linux {}, {} CPUs ({}), load {}; as {who}: uid map {}, limits {}, Landlock {landlock}",
        host.runs, host.kernel, host.cpus, host.cpu, host.load, host.uid_map, host.limits
    );
}
