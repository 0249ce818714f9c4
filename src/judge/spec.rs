//! From the contract's limits to a run's spec, and from its microseconds back to milliseconds.
use crate::model::{Limits, Millis};
use crate::pool::Ran;
use crate::sandbox::{End, RunSpec};

/// Microseconds; a fraction of one is rounded up, so that a limit is never tightened.
pub(super) fn us(limit: Millis) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a Millis is positive and at most a week")]
    let us = (limit.get() * 1000.0).ceil() as u64;
    us
}

/// Milliseconds, for a response.
pub(super) fn ms(us: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 µs, which is 285 years")]
    let ms = us as f64 / 1000.0;
    ms
}

pub(super) fn for_run(argv: Vec<String>, env: Vec<String>, limits: &Limits, links: Vec<String>, keep_box: bool) -> RunSpec {
    RunSpec {
        seq: 0,
        cpu: None,
        argv,
        env,
        cpu_us: us(limits.cpu_time_ms),
        wall_us: us(limits.wall_time_ms),
        memory_bytes: limits.memory_bytes,
        disk_bytes: limits.disk_bytes,
        stack_bytes: limits.stack_bytes,
        processes: limits.processes,
        read_bytes: None,
        open_files: limits.open_files,
        links,
        directories: Vec::new(),
        keep_box,
        last: false,
    }
}

/// A program outside /app is the host's: where it can't be executed, the run says nothing of the contestant.
pub(super) fn ours_to_execute(argv: &[String], ran: &Ran) -> Result<(), String> {
    match (argv.first(), ran.outcome.end) {
        (Some(program), End::NotExecuted(errno)) if !program.starts_with("/app/") => {
            Err(format!("failed to execute {program}: {}", nix::errno::Errno::from_raw(errno).desc()))
        }
        _ => Ok(()),
    }
}
