//! The Landlock domain of a run (landlock(7)): a second wall behind the mounts.
//!
//! Read and execute below the root, write in its own box and /tmp and to the five devices; no TCP (ABI 4), no
//! abstract sockets or signals beyond the run (ABI 6). The rules of a run name its own fresh file systems, so
//! the rule set is made per run, by the zygote; the run itself only enters it.
use super::boxfs::BoxFs;
use super::fault::{Fault, Step};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, Scope,
};
use std::os::fd::{AsFd, OwnedFd};

/// The newest ABI these rules were written for and tested with; the crate holds back what the kernel lacks.
const WRITTEN_FOR: ABI = ABI::V7;

/// The ABI in force, if any: the kernel's, as far as these rules use it.
pub fn abi() -> Option<u32> {
    super::sys::landlock_abi().map(|abi| abi.min(WRITTEN_FOR as u32)).filter(|abi| *abi > 0)
}

/// What all runs of a slot have in common, opened once.
#[derive(Debug)]
pub(super) struct Rules {
    root: PathFd,
    devices: Vec<PathFd>,
}

fn fault(e: impl std::fmt::Display) -> Fault {
    Fault { step: Step::LandlockRules, errno: 0, detail: Some(e.to_string()) }
}

impl Rules {
    /// Opens the root and the devices, after the pivot. `None` where the kernel has no Landlock.
    pub(super) fn open() -> Result<Option<Self>, Fault> {
        if abi().is_none() {
            return Ok(None);
        }
        let devices = ["null", "zero", "full", "random", "urandom"]
            .iter()
            .map(|d| PathFd::new(format!("/dev/{d}")).map_err(fault))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self { root: PathFd::new("/").map_err(fault)?, devices }))
    }

    /// The rule set of one run.
    pub(super) fn for_run(&self, files: &BoxFs) -> Result<OwnedFd, Fault> {
        let write = AccessFs::from_all(WRITTEN_FOR) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
        let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
        let mut set = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(WRITTEN_FOR))
            .and_then(|r| r.handle_access(AccessNet::from_all(WRITTEN_FOR)))
            .and_then(|r| r.scope(Scope::from_all(WRITTEN_FOR)))
            .and_then(Ruleset::create)
            .and_then(|r| r.add_rule(PathBeneath::new(&self.root, AccessFs::Execute | AccessFs::ReadFile | AccessFs::ReadDir)))
            .and_then(|r| r.add_rule(PathBeneath::new(files.box_mount.as_fd(), write)))
            .and_then(|r| r.add_rule(PathBeneath::new(files.tmp_mount.as_fd(), write)))
            .map_err(fault)?;
        for fd in &self.devices {
            set = set.add_rule(PathBeneath::new(fd, device)).map_err(fault)?;
        }
        Option::<OwnedFd>::from(set).ok_or_else(|| fault("the kernel made no rule set"))
    }
}
