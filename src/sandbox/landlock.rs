//! The Landlock domain of a run (landlock(7)): a second wall behind the mounts.
//!
//! Read and execute below the root, write in its own box and /tmp, to /dev/null and /dev/full; no TCP (ABI 4), no abstract
//! sockets or signals beyond the run (ABI 6). The rules of a run name its own fresh file systems, so the rule set is made
//! per run, by the zygote, while it makes those; the run itself only enters it.
//!
//! Which rights there are, and since which ABI, is the `landlock` crate's to know. The calls are our own (`sys`): they go
//! through the slot's gate.
use super::boxfs::BoxFs;
use super::fault::{At, Fault, Step};
use super::sys::{self, RulesetAttr};
use landlock::{ABI, Access, AccessFs, AccessNet, BitFlags, Scope};
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use std::os::fd::{AsFd, OwnedFd};

/// The ABIs these rules were written for and tested with.
const KNOWN: [ABI; 7] = [ABI::V1, ABI::V2, ABI::V3, ABI::V4, ABI::V5, ABI::V6, ABI::V7];

/// The ABI in force, if any: the kernel's, as far as these rules use it.
pub fn abi() -> Option<u32> {
    let newest = u32::try_from(KNOWN.len()).unwrap_or(u32::MAX);
    sys::landlock_abi().map(|abi| abi.min(newest)).filter(|abi| *abi > 0)
}

/// What all runs of a slot have in common.
#[derive(Debug)]
pub(super) struct Rules {
    /// The ABI in force. (Who asks the kernel once the slot's gate stands is told that there is none.)
    pub abi: u32,
    handled: RulesetAttr,
    root: OwnedFd,
    devices: [OwnedFd; 2],
    read: u64,
    read_file: u64,
    write: u64,
    device: u64,
}

impl Rules {
    /// Opens the root and the devices, after the pivot. `None` where the kernel has no Landlock.
    pub(super) fn open() -> Result<Option<Self>, Fault> {
        let Some(number) = abi() else { return Ok(None) };
        let Some(abi) = KNOWN.get(number as usize - 1).copied() else { return Ok(None) };
        let all = AccessFs::from_all(abi);
        let bits = |rights: BitFlags<AccessFs>| (rights & all).bits();
        let path = |p: &str| open(p, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).at(Step::LandlockRules);
        Ok(Some(Self {
            abi: number,
            handled: RulesetAttr {
                handled_access_fs: all.bits(),
                handled_access_net: AccessNet::from_all(abi).bits(),
                scoped: Scope::from_all(abi).bits(),
            },
            root: path("/")?,
            // Not /dev/zero: a shared mapping of it is memory that rlimit mode can't count, and takes opening it for writing.
            devices: [path("/dev/null")?, path("/dev/full")?],
            read: bits(AccessFs::Execute | AccessFs::ReadFile | AccessFs::ReadDir),
            read_file: bits(AccessFs::ReadFile.into()),
            write: bits(all & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev)),
            device: bits(AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev),
        }))
    }

    /// A run may open its own stdin again (/dev/stdin). Of pipes and files in memory Landlock takes no rule, and needs none.
    pub(super) fn may_read(&self, set: &OwnedFd, stdin: &OwnedFd) {
        let _ = sys::landlock_allow(set.as_fd(), stdin.as_fd(), self.read_file);
    }

    /// The rule set of one run.
    pub(super) fn for_run(&self, files: &BoxFs) -> Result<OwnedFd, Fault> {
        let set = sys::landlock_create_ruleset(&self.handled).at(Step::LandlockRules)?;
        for (parent, allowed) in [
            (self.root.as_fd(), self.read),
            (self.devices[0].as_fd(), self.device),
            (self.devices[1].as_fd(), self.device),
            (files.box_mount.as_fd(), self.write),
            (files.tmp_mount.as_fd(), self.write),
        ] {
            sys::landlock_allow(set.as_fd(), parent, allowed).at(Step::LandlockRules)?;
        }
        Ok(set)
    }
}
