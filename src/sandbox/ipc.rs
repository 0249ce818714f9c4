//! The IPC namespace of a slot's runs: one in which nobody has made anything yet.
//!
//! A new one for each run costs 20 µs and more, most of it for a table of sysctls that no run can see, so one that has seen
//! no object is kept. That it has seen none can be proven where a policy has nothing to make but POSIX message queues
//! (mq_overview(7)): these are files, and the kernel sets the times of their directory whenever one is made or removed
//! (ipc/mqueue.c). We hold that directory, out of every run's reach, and look whether it still has the time that we gave it.
use super::fault::{At, Fault, Step};
use super::sys;
use nix::sys::stat::{UtimensatFlags, fstat, utimensat};
use nix::sys::time::TimeSpec;
use std::os::fd::{AsFd, OwnedFd};

/// What is known of the namespace that the zygote is in.
#[derive(Debug)]
pub(super) struct Ipc {
    /// A run can make nothing but message queues.
    only_queues: bool,
    /// The directory of its queues; none: what it has seen is not known.
    queues: Option<OwnedFd>,
}

impl Ipc {
    /// Of a slot that has just been made.
    pub(super) const fn new(only_queues: bool) -> Self {
        Self { only_queues, queues: None }
    }

    /// For unshare(2): what the next run needs. While another is `under_way` nothing is known of what it will make.
    pub(super) fn fresh(&self, under_way: bool) -> libc::c_int {
        let untouched = self.queues.as_ref().is_some_and(|queues| fstat(queues).is_ok_and(|s| (s.st_mtime, s.st_mtime_nsec) == UNTOUCHED));
        if untouched && !under_way { 0 } else { libc::CLONE_NEWIPC }
    }

    /// After an unshare(2) of that.
    pub(super) fn made(&mut self, kinds: libc::c_int) -> Result<(), Fault> {
        if kinds & libc::CLONE_NEWIPC != 0 {
            self.queues = if self.only_queues { Some(queues()?) } else { None };
        }
        Ok(())
    }
}

/// Long ago.
const UNTOUCHED: (i64, i64) = (1, 0);

fn queues() -> Result<OwnedFd, Fault> {
    let fs = sys::fsopen(c"mqueue").at(Step::Queues)?;
    sys::fsconfig_create(fs.as_fd()).at(Step::Queues)?;
    let root = sys::fsmount(fs.as_fd(), 0).at(Step::Queues)?;
    let time = TimeSpec::new(UNTOUCHED.0, UNTOUCHED.1);
    utimensat(&root, ".", &time, &time, UtimensatFlags::FollowSymlink).at(Step::Queues)?;
    Ok(root)
}
