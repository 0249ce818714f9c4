//! The supervisor's side of cgroup v2: finding a subtree that is ours to use, and one cgroup in it for each slot.
use super::userns::IdMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

/// A delegated subtree with memory and pids controllers in force.
#[derive(Debug)]
pub struct Subtree {
    path: PathBuf,
}

impl Subtree {
    /// Finds or makes one. `Err`: why there is none, and what would mend it.
    pub fn establish() -> Result<Arc<Self>, String> {
        Err("not looked for".into())
    }

    /// A cgroup for one more slot, removed when dropped.
    pub fn slot(self: &Arc<Self>, _ids: IdMap) -> io::Result<SlotCgroup> {
        Err(io::Error::other(format!("no subtree at {}", self.path.display())))
    }
}

/// One slot's cgroup.
#[derive(Debug)]
pub struct SlotCgroup {
    dir: OwnedFd,
}

impl SlotCgroup {
    /// Its directory, to be handed to the launcher.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}
