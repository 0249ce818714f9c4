//! What was seen of one run: facts of the kernel's and of the supervisor's, no verdict.
use serde::{Deserialize, Serialize};

/// How limits are enforced and measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitMode {
    /// A delegated cgroup v2 subtree.
    Cgroup2,
    /// Resource limits, `wait4` and a sampler over the PID namespace.
    Rlimit,
}

impl LimitMode {
    /// The word the contract has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cgroup2 => "cgroup2",
            Self::Rlimit => "rlimit",
        }
    }
}

/// How the run's first process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By exit status.
    Exited(i32),
    /// By a signal.
    Signaled(i32),
    /// It never began: execve(2) refused the program, with this error number.
    NotExecuted(i32),
}

impl End {
    /// From a status of wait4(2).
    pub(super) fn from_status(status: i32) -> Self {
        if libc::WIFSIGNALED(status) { Self::Signaled(libc::WTERMSIG(status)) } else { Self::Exited(libc::WEXITSTATUS(status)) }
    }
}

/// Why the run was killed by us. Written down before the kill; the first reason stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kill {
    /// Over its CPU time.
    CpuTime,
    /// Over its wall time.
    WallTime,
    /// Over its memory, as sampled (`rlimit` mode).
    Memory,
    /// Over its output on stdout.
    Stdout,
    /// Over its output on stderr.
    Stderr,
    /// Over its output in all.
    OutputTotal,
    /// It was told more than it may read.
    Heard,
    /// What it spoke with has ended, and what it does no longer counts.
    Partner,
    /// Nobody waits for the answer any more.
    Cancelled,
}

/// What a run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// User time of all its processes, in microseconds.
    pub user_us: u64,
    /// System time of all its processes, in microseconds.
    pub system_us: u64,
    /// From exec to the first process's end, in microseconds.
    pub wall_us: u64,
    /// Peak memory, in bytes.
    pub memory_bytes: u64,
    /// What lay in the box and in /tmp at the end, in bytes.
    pub disk_bytes: u64,
    /// Processes the kernel's out-of-memory killer took in the run's cgroup, or would have, were it told of a limit that small
    /// (`cgroup2` mode).
    pub oom_kills: u64,
    /// What its processes had read, as far as was seen: of one that is told things only ([`RunSpec::read_bytes`](super::RunSpec)).
    pub read_bytes: u64,
}

impl Usage {
    /// User and system time together, in microseconds.
    pub const fn cpu_us(&self) -> u64 {
        self.user_us.saturating_add(self.system_us)
    }
}

/// What was seen of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How its first process ended.
    pub end: End,
    /// Why we killed it, if we did.
    pub kill: Option<Kill>,
    /// What it used.
    pub usage: Usage,
}
