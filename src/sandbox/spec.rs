//! What a slot is told: once for all its runs ([`SlotSpec`]), and for each ([`RunSpec`]). Everything in them
//! is checked before they are made; host paths stand in [`SlotSpec`] only, and come from profiles.
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A read-only bind of something of the host's in the slot's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mount {
    /// Host path.
    pub source: PathBuf,
    /// Path in the root.
    pub target: PathBuf,
}

/// What a slot's root has of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Root {
    /// Read-only binds.
    pub mounts: Vec<Mount>,
    /// Symbolic links, (target, link).
    pub symlinks: Vec<(PathBuf, PathBuf)>,
}

/// What is prepared once for a slot and shared by its runs: slots with equal specs are interchangeable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotSpec {
    /// What its root has of the host.
    pub root: Root,
    /// The system-call policy's name, for the record.
    pub policy: String,
    /// The policy's filters, oldest first, as raw BPF instructions (`struct sock_filter` as one little-endian u64).
    pub filters: Vec<Vec<u64>>,
    /// The policy lets a run make objects that stay in an IPC namespace (ipc_namespaces(7)).
    pub ipc_objects: bool,
    /// Calls the zygote needs and the policy does not give: the slot's gate takes them away again.
    pub lockdown: Lockdown,
}

/// System calls (by number) that the policy's filters let pass for the zygote, and what a run gets for them (`seccomp`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lockdown {
    /// The run is killed with SIGSYS.
    pub kill: Vec<u32>,
    /// The call fails with ENOSYS.
    pub errno: Vec<u32>,
}

/// One run. stdin, stdout and stderr travel beside it as file descriptors; files for /app and the box go before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Which of the slot's runs this is: a late kill must not hit the next one.
    pub seq: u64,
    /// The CPU to run on; none: any.
    pub cpu: Option<usize>,
    /// The program and its arguments; the program is an absolute path in the root.
    pub argv: Vec<String>,
    /// The whole environment, `KEY=value`.
    pub env: Vec<String>,
    /// CPU time of all processes, in microseconds. Of one that is told things (`read_bytes`): between two of them, for how often
    /// it is spoken to is not its own doing.
    pub cpu_us: u64,
    /// Wall time, in microseconds.
    pub wall_us: u64,
    /// Memory of all processes and of files in the box, in bytes.
    pub memory_bytes: u64,
    /// Files in the box and in /tmp together, in bytes.
    pub disk_bytes: u64,
    /// Main thread's stack, in bytes.
    pub stack_bytes: u64,
    /// Processes and threads.
    pub processes: u32,
    /// What all its processes may read in all, in bytes; looked at every few milliseconds. None: as much as they like.
    pub read_bytes: Option<u64>,
    /// Open files of one process.
    pub open_files: u32,
    /// Top-level names in /app that get a symbolic link in the box.
    pub links: Vec<String>,
    /// Empty directories made in the box, by relative path.
    pub directories: Vec<String>,
    /// Whether the box is handed back when everything in it is dead.
    pub keep_box: bool,
    /// Nothing is run after it: the slot ends by itself when it has answered.
    pub last: bool,
}
