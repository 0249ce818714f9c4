//! The same program in the sandbox, with everything a contestant's run has, through a pool's own calls.
use anyhow::ensure;
use assize::cli::HostArgs;
use assize::frontend;
use assize::judge::{Command, run_command};
use assize::model::{Limits, LimitsRequest, Verdict};
use assize::pool::{App, FileSource, Pool, PutFile};
use assize::profile::command_root;
use assize::sandbox::{End, RunSpec, SlotSpec};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// A pool, and one program for it.
pub struct Sandbox {
    pool: Pool,
    slot: Arc<SlotSpec>,
    app: App,
    null: File,
    limits: Limits,
}

impl Sandbox {
    /// As a judge's: each worker on a CPU of its own where there are enough.
    pub fn new(program: Vec<u8>, workers: usize) -> anyhow::Result<Self> {
        Self::with(program, workers, true)
    }

    pub fn with(program: Vec<u8>, workers: usize, pinned: bool) -> anyhow::Result<Self> {
        let host = frontend::Host::find(&HostArgs::default())?;
        let profiles = host.profiles(&[])?;
        let slot = Arc::new(profiles.command_slot("native", command_root(&[])?)?);
        let bytes = program.len() as u64 + 4096;
        let file = PutFile { name: "program".into(), executable: true, content: FileSource::Bytes(program.into()) };
        Ok(Self {
            pool: host.pool(workers, pinned)?,
            slot,
            app: App { key: [1; 32], bytes, files: vec![file] },
            null: File::options().read(true).write(true).open("/dev/null")?,
            limits: LimitsRequest::default().resolve(),
        })
    }

    /// As many slots as workers stand afterwards.
    pub async fn warm(&self) -> anyhow::Result<()> {
        let mut leases = Vec::new();
        for _ in 0..self.pool.workers() {
            leases.push(self.pool.lease(&self.slot).await?);
        }
        Ok(())
    }

    /// From the pool's call to its answer: lease, program in place, run, measured, everything of it dead.
    pub async fn spawn(&self) -> anyhow::Result<()> {
        let mut lease = self.pool.lease(&self.slot).await?;
        lease.load(&self.app).await?;
        let null = || self.null.try_clone().map(OwnedFd::from);
        let ran = lease.run(spec(&self.limits), &[], [null()?, null()?, null()?]).await?;
        ensure!(ran.outcome.end == End::Exited(0) && ran.outcome.kill.is_none(), "the run came to {:?}", ran.outcome);
        Ok(())
    }

    /// The same of a program that is told something and says something: both through pipes.
    pub async fn ask(&self, input: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut lease = self.pool.lease(&self.slot).await?;
        lease.load(&self.app).await?;
        let (stdin, mut asking) = io::pipe()?;
        let (mut answer, stdout) = io::pipe()?;
        asking.write_all(input)?;
        drop(asking);
        let ran = lease.run(spec(&self.limits), &[], [stdin.into(), stdout.into(), self.null.try_clone()?.into()]).await?;
        ensure!(ran.outcome.end == End::Exited(0) && ran.outcome.kill.is_none(), "the run came to {:?}", ran.outcome);
        let mut said = Vec::new();
        answer.read_to_end(&mut said)?;
        Ok(said)
    }

    /// The same through the judge's hands: three pipes, both streams read and bounded, a verdict. (The program is not in
    /// /app here but put into the box by each run, as a test's file is.)
    pub async fn judged(&self) -> anyhow::Result<()> {
        let command = Command {
            slot: self.slot.clone(),
            argv: vec!["/box/program".into()],
            env: Vec::new(),
            limits: self.limits,
            files: self.app.files.clone(),
            stdin: self.null.try_clone()?.into(),
            keep_box: false,
            last: false,
        };
        let (report, _) = run_command(&self.pool, command, |_| {}, |_| {}).await?;
        ensure!(report.verdict == Verdict::Ok, "the run came to {}: {}", report.verdict, report.message);
        Ok(())
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn spec(limits: &Limits) -> RunSpec {
    RunSpec {
        seq: 0,
        cpu: None,
        argv: vec!["/app/program".into()],
        env: Vec::new(),
        cpu_us: 2_000_000,
        wall_us: 6_000_000,
        memory_bytes: limits.memory_bytes,
        disk_bytes: limits.disk_bytes,
        stack_bytes: limits.stack_bytes,
        processes: limits.processes,
        read_bytes: None,
        open_files: limits.open_files,
        directories: Vec::new(),
        links: Vec::new(),
        keep_box: false,
        last: false,
    }
}
