//! What every command that runs something needs of the host: ids, limits, profiles.
use super::scope;
use crate::cli::{HostArgs, LimitsMode, Requirement};
use crate::model::Cpus;
use crate::pool::{Config, Pool};
use crate::profile::{Profiles, user_directory};
use crate::sandbox::{Ahead, IdSource, LimitMode, Root, Subtree, Unmapped, Without, landlock_abi};
use anyhow::Context as _;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

/// The host as it will be used.
#[derive(Debug)]
pub struct Host {
    /// Before the subtree, which it may be in: fields drop in order.
    ahead: Option<Ahead>,
    without: Without,
    /// Where ids come from.
    pub ids: IdSource,
    /// The cgroup subtree; `Err`: why there is none.
    pub subtree: Result<Arc<Subtree>, String>,
    /// Whether runs are in a Landlock domain.
    pub landlock: Option<u32>,
    /// How many CPUs a run may use at once, where that is to be limited.
    pub cpus: Option<Cpus>,
}

/// The zygote of a command that needs a slot at once, forked before its arguments are read: it has namespaces to make meanwhile.
/// `None`: not for this command (the first of the arguments), or not in this process, for that may have to go into a scope first.
pub fn zygote_before_arguments(command: Option<&OsStr>) -> Option<Unmapped> {
    if command? == "run" && !scope::is_to_be_had() { Unmapped::early() } else { None }
}

/// A slot that is begun with before all else, whatever it will hold.
#[derive(Debug)]
pub(super) struct FirstSlot {
    ids: IdSource,
    zygote: Option<Ahead>,
}

impl FirstSlot {
    /// Nothing is begun: a slot is started when it is asked for.
    pub fn none() -> Self {
        Self { ids: IdSource::detect(), zygote: None }
    }

    /// With its zygote, or `early` one, while there is no second thread.
    pub fn begin(early: Option<Unmapped>) -> Self {
        let ids = IdSource::detect();
        Self { ids, zygote: Ahead::begin(early, ids) }
    }

    /// With this root, which is that of the slot that will be asked for first.
    pub fn build(&self, root: &Root, without: Without) {
        if let Some(zygote) = &self.zygote {
            zygote.build(root, without);
        }
    }
}

impl Host {
    /// Looks at the host, takes a cgroup subtree where there is one to be had, and refuses if more is required than it gives.
    /// What it gives less of is said, once, in one line.
    pub fn find(args: &HostArgs) -> anyhow::Result<Self> {
        Self::find_for(FirstSlot::none(), Without::from_environment(), args)
    }

    /// The same, for who has begun with a slot.
    pub(super) fn find_for(first: FirstSlot, without: Without, args: &HostArgs) -> anyhow::Result<Self> {
        let host = Self::look(first, without, args);
        if let Some(what) = host.lacks(args).into_iter().next() {
            anyhow::bail!("{what}");
        }
        let weaker = host.weaker(args);
        if !weaker.is_empty() {
            tracing::warn!(
                "runs are held less tightly here than they could be: {}. `assize check` names what mends it; --require refuses to run so",
                weaker.join("; ")
            );
        }
        Ok(host)
    }

    /// What this host gives less of than it might, in words; not what was asked for so.
    fn weaker(&self, args: &HostArgs) -> Vec<String> {
        let limits = self.subtree.as_ref().err().filter(|_| args.limits_mode != LimitsMode::Rlimit);
        let limits = limits.map(|why| format!("limits by rlimit and sampling, not by cgroup2 ({why})"));
        let ids = match self.ids {
            IdSource::Self_ { missing } => Some(format!("your own user id outside, not one of each slot's own ({missing})")),
            IdSource::Root(_) | IdSource::Subuid { .. } => None,
        };
        let landlock = self.landlock.is_none().then(|| "no Landlock".to_owned());
        limits.into_iter().chain(ids).chain(landlock).collect()
    }

    /// The same, whatever is required.
    pub(super) fn look(first: FirstSlot, without: Without, args: &HostArgs) -> Self {
        let FirstSlot { ids, zygote: ahead } = first;
        let subtree = match args.limits_mode {
            LimitsMode::Rlimit => Err("--limits-mode rlimit".to_owned()),
            LimitsMode::Auto | LimitsMode::Cgroup2 => Subtree::establish(&ahead.as_ref().map(Ahead::processes).unwrap_or_default()),
        };
        Self { ahead, ids, without, subtree, landlock: landlock_abi(), cpus: args.cpus }
    }

    /// What is required and not there, in words.
    pub fn lacks(&self, args: &HostArgs) -> Vec<String> {
        let mode = (args.limits_mode == LimitsMode::Cgroup2).then_some(Requirement::Cgroup2);
        let required = args.require.iter().copied().chain(mode).filter_map(|what| self.lack(what));
        required.chain(self.cpus.and_then(|_| self.lacks_cpu())).collect()
    }

    /// Why nothing here can hold a run to a number of CPUs.
    pub fn lacks_cpu(&self) -> Option<String> {
        let why = match &self.subtree {
            Ok(subtree) if subtree.controllers().iter().any(|c| c == "cpu") => return None,
            Ok(_) => "the cgroup that was delegated has no cpu controller",
            Err(why) => why,
        };
        Some(format!("--cpus wants cgroup2 limits with a cpu controller, which are not to be had: {why} (see `assize check`)"))
    }

    fn lack(&self, what: Requirement) -> Option<String> {
        match (what, &self.subtree, self.landlock, self.ids) {
            (Requirement::Cgroup2, Err(why), ..) => Some(format!("cgroup2 is required, and not to be had: {why} (see `assize check`)")),
            (Requirement::Landlock, _, None, _) => {
                Some("landlock is required, and this kernel has it not, or not enabled (see `assize check`)".to_owned())
            }
            (Requirement::DistinctUid, _, _, IdSource::Self_ { missing }) => {
                Some(format!("distinct-uid is required, and runs would have your own uid: {missing} (see `assize check`)"))
            }
            // There is no run without its filters: a slot that can't install them does not stand.
            (Requirement::Seccomp | Requirement::Cgroup2 | Requirement::Landlock | Requirement::DistinctUid, ..) => None,
        }
    }

    /// How runs are limited.
    pub fn mode(&self) -> LimitMode {
        if self.subtree.is_ok() { LimitMode::Cgroup2 } else { LimitMode::Rlimit }
    }

    /// Profiles for this host: the built-in ones, the user's, then `dirs`.
    pub fn profiles(&self, dirs: &[PathBuf]) -> anyhow::Result<Profiles> {
        let all: Vec<PathBuf> = user_directory().into_iter().chain(dirs.iter().cloned()).collect();
        Ok(Profiles::load(&all, self.mode())?)
    }

    /// Their policies alone.
    pub fn policies(&self, dirs: &[PathBuf]) -> anyhow::Result<Profiles> {
        let all: Vec<PathBuf> = user_directory().into_iter().chain(dirs.iter().cloned()).collect();
        Ok(Profiles::load_policies(&all, self.mode())?)
    }

    /// A pool of so many workers, each `pinned` to a CPU of its own where there are enough.
    pub fn pool(self, workers: usize, pinned: bool) -> anyhow::Result<Pool> {
        // A judge holds a few descriptors for each test under way, and those of programs it may need again: the usual soft limit of
        // 1,024 is for programs that use select(2). (Runs have limits of their own.)
        if let Err(e) = rlimit::increase_nofile_limit(u64::MAX) {
            tracing::debug!("the limit on open files stays as it is: {e}");
        }
        let cpus = if pinned { own_cpus() } else { Ok(Vec::new()) };
        let cpus = cpus.context("failed to ask which CPUs may be used")?;
        // What lacks has been said by now: in error, or by `assize check`, whose run goes without.
        let cpu_quota_us = self.cpus.filter(|_| self.lacks_cpu().is_none()).map(Cpus::quota_us);
        let (subtree, without) = (self.subtree.ok(), self.without);
        Ok(Pool::new(Config { workers, ids: self.ids, subtree, cpu_quota_us, cpus, without, ahead: self.ahead }))
    }
}

/// The CPUs this process may use (sched_getaffinity(2)).
fn own_cpus() -> nix::Result<Vec<usize>> {
    let set = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0))?;
    Ok((0..nix::sched::CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).collect())
}
