//! Slots, leased one run at a time.
//!
//! A [`Pool`] has as many permits as workers. A [`Lease`] is a permit with a slot of the kind asked for: an idle one
//! where there is one, else a new one. A lease's partner is a second slot on the same permit. What goes wrong in a slot ends that
//! slot, never the pool: one that failed, or whose lease was dropped in the middle of a run, is discarded, and so is one that has had
//! its last run; those that failed once they stood are counted.
//!
//! Invariant: a slot serves one lease at a time, and is only given back idle.
#![forbid(unsafe_code)]

mod lease;
mod opener;
mod slot;

pub use crate::sandbox::FIRST_BLOCK;
pub use lease::{Config, Lease, Pool, Stats};
pub use opener::{OpenError, Opener};
pub use slot::{App, FileSource, Killer, PutFile, Ran, SlotError};
pub(crate) use slot::{fits, memory_file, readiness};
