//! Language profiles and system-call policies: data in `profiles/`, immutable types here.
//!
//! ```text
//! profiles/**/*.toml ─load→ Profiles ─language(id)→ Language ─layout(program)→ Layout ─┬ compile_plan → CompilePlan
//!                                                     └ toolchain → Toolchain ─────────┴ run_plan     → RunPlan
//! ```
//! The built-in files are read when assize is built (`build.rs`, Cargo's build script), so that loading costs little; looking for a
//! toolchain, asking its version, its `prepare` step and compiling a policy to BPF happen on first use of the language, and are kept.
//!
//! It may run a toolchain's own command on the host (its version, its `prepare` step), with a clean environment and
//! never with anything of a request's. Invariant: it neither reads nor runs what a contestant wrote, except that
//! [`Language::layout`] looks at Java sources as text.
#![forbid(unsafe_code)]

mod calls;
mod command;
mod error;
mod file;
mod java;
mod language;
mod layout;
mod load;
mod mounts;
mod names;
mod places;
mod policy;
mod prepare;
mod template;
mod toolchain;

pub use calls::ZYGOTE_CALLS;
pub use command::command_root;
pub use error::{ProfileError, ProgramError, Unavailable};
pub use language::{CompilePlan, Language, Product, RunPlan};
pub use layout::{Layout, Origin, Placed, Program};
pub use load::{Profiles, user_directory};
pub use places::cache as cache_directory;
pub use policy::Policy;
pub use toolchain::Toolchain;

#[cfg(test)]
mod tests;
