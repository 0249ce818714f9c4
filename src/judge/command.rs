//! One command, run and measured like a test, with its streams passed on and nothing compared.
use super::checker::Comparison;
use super::decide::{Decision, Evidence, decide};
use super::execute::{Input, Keep, Sinks, execute};
use super::{collect, spec};
use crate::model::{BoxName, Cpus, Limits, RunReport, SandboxReport, Verdict};
use crate::pool::{Lease, Pool, PutFile, SlotError};
use crate::sandbox::{End, SlotSpec};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What is to be run.
#[derive(Debug)]
pub struct Command {
    /// What to run it in.
    pub slot: Arc<SlotSpec>,
    /// The program is an absolute path in the slot's root.
    pub argv: Vec<String>,
    /// The whole environment, `KEY=value`.
    pub env: Vec<String>,
    /// What holds it.
    pub limits: Limits,
    /// Files for its box.
    pub files: Vec<PutFile>,
    /// Its standard input. A pipe, or a file that nobody can change through it.
    pub stdin: OwnedFd,
    /// Whether files will be taken from the box.
    pub keep_box: bool,
    /// Nothing will be run after it in its slot, which then ends the sooner.
    pub last: bool,
}

/// The box of a command that has ended.
#[derive(Debug)]
pub struct LeftBox(Option<OwnedFd>);

impl LeftBox {
    /// A plain file in it, and whether it is executable. `None`: there is none of that name.
    pub fn open(&self, name: &BoxName) -> io::Result<Option<(File, bool)>> {
        let Some(files) = &self.0 else { return Ok(None) };
        Ok(collect::open(files, name)?.map(|found| (found.file, found.executable)))
    }
}

/// Runs it. Each sink gets its stream as it comes, up to the limit; it may wait, and the command's time goes on.
pub async fn run_command(
    pool: &Pool,
    command: Command,
    stdout: impl FnMut(&[u8]),
    stderr: impl FnMut(&[u8]),
) -> Result<(RunReport, LeftBox), SlotError> {
    let mut lease = pool.lease(&command.slot).await?;
    let mut run = spec::for_run(command.argv.clone(), command.env, &command.limits, Vec::new(), command.keep_box);
    run.last = command.last;
    let input = Input { spec: run, files: &command.files, stdin: command.stdin, stdout: None };
    let mut executed = execute(&mut lease, input, &command.limits, Keep { stdout: 0, stderr: 0 }, Sinks { stdout, stderr }).await?;
    let left = LeftBox(executed.ran.files.take());
    let outcome = &executed.ran.outcome;
    let nothing = Comparison::new(Verdict::Ok);
    let Decision { verdict, reason, message, judge_message, .. } = decide(&Evidence {
        outcome: Some(outcome),
        mode: pool.mode(),
        limits: &command.limits,
        stdout_bytes: executed.stdout.bytes,
        stderr_bytes: executed.stderr.bytes,
        comparison: Some(&nothing),
        output_file_missing: false,
    });
    let usage = outcome.usage;
    let report = RunReport {
        schema: 1,
        verdict,
        reason,
        message,
        judge_message,
        cpu_time_ms: spec::ms(usage.cpu_us()),
        user_time_ms: spec::ms(usage.user_us),
        system_time_ms: spec::ms(usage.system_us),
        wall_time_ms: spec::ms(usage.wall_us),
        memory_bytes: usage.memory_bytes,
        disk_bytes: usage.disk_bytes,
        exit_code: if let End::Exited(code) = outcome.end { Some(code) } else { None },
        signal: if let End::Signaled(signal) = outcome.end { Some(signal) } else { None },
        stdout_bytes: executed.stdout.bytes,
        stderr_bytes: executed.stderr.bytes,
        collected: BTreeMap::new(),
        limits: command.limits,
        sandbox: sandbox_report(pool, &lease, &command.slot),
    };
    Ok((report, left))
}

fn sandbox_report(pool: &Pool, lease: &Lease, slot: &SlotSpec) -> SandboxReport {
    SandboxReport {
        limits: pool.mode().as_str().to_owned(),
        landlock_abi: lease.facts().and_then(|f| f.landlock_abi),
        seccomp: slot.policy.clone(),
        uid_map: pool.ids().as_str().to_owned(),
        cpus: pool.cpu_quota_us().map(Cpus::of_quota),
    }
}
