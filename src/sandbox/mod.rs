//! The sandbox: a [`SlotSpec`] becomes a slot, and each [`RunSpec`] given to it an [`Outcome`].
//!
//! The supervisor starts a `launcher` (this program, executed afresh), which clones a `zygote` into namespaces
//! of its own, or forks one `ahead`; the zygote builds the root (`rootfs`) once and then, for each run, makes fresh file systems
//! (`boxfs`), clones a `child` into namespaces that no other is ever in, watches it (`meter`: `cgroup`, or `sampler` with `perf`;
//! `heard`), kills and reaps. `wire` is what they say to each other; `userns` whose ids they have, and `mapper` who maps them;
//! `landlock`, `seccomp` and `rlimits` the further walls; `cpus` on which CPUs they are, and for how long at a time; `pids` what their
//! process ids are; `handed` opens up what a box is handed back with, and `beneath` opens what lies in one; `opener` opens the caller's files for runs,
//! read-only; `procfs` reads what the kernel writes; `fault` names every step that can fail; `sys` has the bare system calls;
//! `without` what tests may leave out.
//!
//! Everything here is synchronous, and knows facts only: no verdicts, no languages, no JSON.
//!
//! Invariant: the only room with `unsafe`; no run starts unless every layer its slot promised is in place.
#![allow(unsafe_code, reason = "the one room that speaks to the kernel directly")]

mod ahead;
mod beneath;
mod boxfs;
mod cgroup;
mod child;
mod cpus;
mod fault;
mod handed;
mod heard;
mod landlock;
mod launcher;
mod mapper;
mod meter;
mod opener;
mod outcome;
mod perf;
mod pids;
mod procfs;
mod rlimits;
mod rootfs;
mod sampler;
mod seccomp;
mod spec;
mod subtree;
mod sys;
mod userns;
mod wire;
mod without;
mod zygote;

pub use ahead::{Ahead, Forked, Unmapped};
pub use beneath::open_beneath;
pub use fault::{Fault, Step};
pub use landlock::abi as landlock_abi;
pub use launcher::{LAUNCHER, divert, executable, seal};
pub use opener::{FIRST_BLOCK, FromOpener, OPENER, ToOpener};
pub use outcome::{End, Kill, LimitMode, Outcome, Usage};
pub use seccomp::{Fate, by_number};
pub use spec::{Lockdown, Mount, Root, RunSpec, SlotSpec};
pub use subtree::{SlotCgroup, Subtree};
pub use sys::inherited;
pub use userns::{Claim, IdMap, IdSource, NoIds, RUN_ID, Range};
pub use wire::{CROWDED, FromZygote, MAX_MESSAGE, RootPlan, SlotFacts, Start, ToZygote, is_crowded, receive, send};
pub use without::Without;
