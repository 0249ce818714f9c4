//! One run's leaf in a delegated cgroup v2 subtree (cgroup-v2.rst in the kernel's documentation).
//!
//! The slot's own cgroup is handed over as a directory descriptor and belongs to the zygote's uid. The zygote
//! sits in its child `zygote`; each run is cloned straight into a leaf of its own (`CLONE_INTO_CGROUP`, since
//! 5.7), which is made afresh between runs, off the hot path, so that no counter is carried over.
use super::fault::{At, Fault, Step};
use super::procfs;
use super::spec::RunSpec;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

/// Where a slot makes its leaves.
#[derive(Debug)]
pub(super) struct Leaves {
    slot: OwnedFd,
    /// `cpu.max` of every leaf.
    cpu_max: Option<String>,
    next: u64,
    ready: Option<Leaf>,
    /// Names of leaves that are done with, and still there.
    retired: Vec<String>,
}

/// More of them than this, and something is wrong with the slot.
const MOST_RETIRED: usize = 8;

/// A leaf that no process has been in yet, or the one that a run is in.
#[derive(Debug)]
pub(super) struct Leaf {
    name: String,
    dir: OwnedFd,
    cpu_stat: File,
    held: Option<Held>,
}

/// What is written in the leaf's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    memory: u64,
    processes: u32,
}

/// The least that a run is given, in bytes. Until its execve it shares its zygote's memory, and where the kernel finds no room
/// for what it keeps of it, it kills everybody who shares that (mm/oom_kill.c).
pub(super) const LEAST: u64 = 1 << 20;

/// Times from cpu.stat, in microseconds.
#[expect(clippy::struct_field_names, reason = "the unit belongs to each name")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CpuStat {
    pub user_us: u64,
    pub system_us: u64,
    pub total_us: u64,
}

fn open_in(dir: BorrowedFd, name: &str, flags: OFlag) -> nix::Result<OwnedFd> {
    openat(dir, name, flags | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW, Mode::empty())
}

fn write_in(dir: BorrowedFd, name: &str, text: &str) -> Result<(), Fault> {
    let file = open_in(dir, name, OFlag::O_WRONLY).at_with(Step::Cgroup, || name.to_owned())?;
    File::from(file).write_all(text.as_bytes()).at_with(Step::Cgroup, || format!("{name} = {text}"))
}

fn read_in(dir: BorrowedFd, name: &str) -> Result<String, Fault> {
    let file = open_in(dir, name, OFlag::O_RDONLY).at_with(Step::Cgroup, || name.to_owned())?;
    procfs::read_open(file.into()).at_with(Step::Cgroup, || name.to_owned())
}

/// The number behind `key` in a file of `key number` lines.
pub(super) fn field(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

impl Leaves {
    /// `cpu_quota_us`: what runs may use in every 100 ms, in microseconds.
    pub(super) fn new(slot: OwnedFd, cpu_quota_us: Option<u32>) -> Result<Self, Fault> {
        let cpu_max = cpu_quota_us.map(|us| format!("{us} 100000"));
        let mut leaves = Self { slot, cpu_max, next: 0, ready: None, retired: Vec::new() };
        leaves.prepare(None)?;
        Ok(leaves)
    }

    /// Makes the next run's leaf, with the limits the last one had: they are most likely the same.
    pub(super) fn prepare(&mut self, like: Option<&RunSpec>) -> Result<(), Fault> {
        self.clear()?;
        if self.ready.is_some() {
            return Ok(());
        }
        let name = format!("run-{}", self.next);
        self.next += 1;
        match mkdirat(&self.slot, name.as_str(), Mode::from_bits_truncate(0o755)) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(e) => return Err(e).at_with(Step::Cgroup, || name),
        }
        let dir = open_in(self.slot.as_fd(), &name, OFlag::O_RDONLY | OFlag::O_DIRECTORY).at_with(Step::Cgroup, || name.clone())?;
        let cpu_stat = File::from(open_in(dir.as_fd(), "cpu.stat", OFlag::O_RDONLY).at(Step::Cgroup)?);
        let mut leaf = Leaf { name, dir, cpu_stat, held: None };
        write_in(leaf.dir.as_fd(), "memory.oom.group", "1")?;
        // Without a swap controller there is no such file, and no swap to be had either.
        match write_in(leaf.dir.as_fd(), "memory.swap.max", "0") {
            Err(fault) if fault.errno == libc::ENOENT => {}
            other => other?,
        }
        if let Some(cpu_max) = &self.cpu_max {
            write_in(leaf.dir.as_fd(), "cpu.max", cpu_max)?;
        }
        if let Some(spec) = like {
            leaf.hold(spec)?;
        }
        self.ready = Some(leaf);
        Ok(())
    }

    /// The leaf for a run, with its limits in force.
    pub(super) fn take(&mut self, spec: &RunSpec) -> Result<Leaf, Fault> {
        self.prepare(Some(spec))?;
        let mut leaf = self.ready.take().ok_or(Fault { step: Step::Cgroup, errno: 0, detail: None })?;
        leaf.hold(spec)?;
        Ok(leaf)
    }

    /// The leaf of a run whose processes are all reaped is removed with the next `prepare`: what becomes of it is nothing
    /// that the run's answer depends on.
    pub(super) fn retire(&mut self, leaf: Leaf) {
        self.retired.push(leaf.name);
    }

    /// Removes what is retired. A kernel may take a moment longer to see that a cgroup is empty than its parent to reap:
    /// what is busy is tried again after the next run. A slot that keeps too many is no good.
    fn clear(&mut self) -> Result<(), Fault> {
        let mut busy = Vec::new();
        for name in std::mem::take(&mut self.retired) {
            match unlinkat(&self.slot, name.as_str(), UnlinkatFlags::RemoveDir) {
                Ok(()) | Err(Errno::ENOENT) => {}
                Err(Errno::EBUSY) if busy.len() < MOST_RETIRED => busy.push(name),
                Err(e) => return Err(e).at_with(Step::Cgroup, || name),
            }
        }
        self.retired = busy;
        Ok(())
    }
}

impl Leaf {
    pub(super) fn fd(&self) -> RawFd {
        self.dir.as_raw_fd()
    }

    fn hold(&mut self, spec: &RunSpec) -> Result<(), Fault> {
        let want = Held { memory: spec.memory_bytes.max(LEAST), processes: spec.processes };
        if self.held.is_none_or(|h| h.memory != want.memory) {
            write_in(self.dir.as_fd(), "memory.max", &want.memory.to_string())?;
        }
        if self.held.is_none_or(|h| h.processes != want.processes) {
            write_in(self.dir.as_fd(), "pids.max", &want.processes.to_string())?;
        }
        self.held = Some(want);
        Ok(())
    }

    /// CPU time of everything that ever ran in the leaf.
    pub(super) fn cpu(&self) -> CpuStat {
        let mut text = [0; 1024];
        let len = self.cpu_stat.read_at(&mut text, 0).unwrap_or(0);
        let text = std::str::from_utf8(&text[..len]).unwrap_or("");
        let number = |key| field(text, key).unwrap_or(0);
        CpuStat { user_us: number("user_usec"), system_us: number("system_usec"), total_us: number("usage_usec") }
    }

    /// `memory.peak` (since 5.19).
    pub(super) fn memory_peak(&self) -> Result<u64, Fault> {
        let text = read_in(self.dir.as_fd(), "memory.peak")?;
        text.trim().parse().map_err(|_| Fault { step: Step::Cgroup, errno: 0, detail: Some(format!("memory.peak is {text:?}")) })
    }

    /// Out-of-memory kills, from `memory.events`.
    pub(super) fn oom_kills(&self) -> Result<u64, Fault> {
        let text = read_in(self.dir.as_fd(), "memory.events")?;
        field(&text, "oom_kill").ok_or_else(|| Fault { step: Step::Cgroup, errno: 0, detail: Some("memory.events has no oom_kill".into()) })
    }
}
