//! Process ids of a slot's runs: the same for each.
//!
//! A PID namespace hands its numbers out in turn, so a run could read from its own how many processes those before it
//! had. The next number can be set by who has the capabilities over the namespace (pid_namespaces(7),
//! /proc/sys/kernel/ns_last_pid).
use super::fault::{At, Fault, Step};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Where the last number handed out stands. `None`: /proc/sys is read-only here, as in a container, or the kernel was built
/// without it; numbers go on counting then.
#[derive(Debug)]
pub(super) struct Pids(Option<File>);

impl Pids {
    /// Opened while the host's /proc is still there (a run's has no /proc/sys), and tried.
    pub(super) fn open() -> Self {
        let pids = Self(File::options().write(true).open("/proc/sys/kernel/ns_last_pid").ok());
        if pids.rewind().is_ok() { pids } else { Self(None) }
    }

    /// The next process is 2, and so on: for when there is none but the zygote.
    pub(super) fn rewind(&self) -> Result<(), Fault> {
        let Some(file) = &self.0 else { return Ok(()) };
        file.write_all_at(b"1", 0).at(Step::LastPid)
    }
}
