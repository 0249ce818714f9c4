//! The result of `assize run`.
use super::{BoxName, Limits, Reason, SandboxReport, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// How one command went. The keys mean what they mean in a test's report.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// Version of the contract.
    pub schema: u32,
    /// OK, SV, MLE, OLE, TLE, RE or IE.
    pub verdict: Verdict,
    /// Why, where there is more to say than the verdict does.
    pub reason: Option<Reason>,
    /// The same in words.
    pub message: String,
    /// What went wrong with the sandbox, where the verdict is IE.
    pub judge_message: String,
    /// User + system time of all the run's processes, in milliseconds.
    pub cpu_time_ms: f64,
    /// In milliseconds.
    pub user_time_ms: f64,
    /// In milliseconds.
    pub system_time_ms: f64,
    /// From exec to the first process's end, in milliseconds.
    pub wall_time_ms: f64,
    /// Peak, in bytes.
    pub memory_bytes: u64,
    /// What lay in /box and /tmp at the end, in bytes.
    pub disk_bytes: u64,
    /// The first process's exit status.
    pub exit_code: Option<i32>,
    /// The signal that ended the first process.
    pub signal: Option<i32>,
    /// How much was written to standard output.
    pub stdout_bytes: u64,
    /// How much was written to standard error.
    pub stderr_bytes: u64,
    /// Files asked for with `--collect`: their sizes; null: there was no such plain file.
    pub collected: BTreeMap<BoxName, Option<u64>>,
    /// The limits that held.
    pub limits: Limits,
    /// What held it.
    pub sandbox: SandboxReport,
}
