//! A layer left out, so that tests can see the others hold alone (`judge-tests/layers.rs`).
//!
//! Only a build with debug assertions can name one: in a release build the type has no field, nothing reads the variable,
//! and every question below is answered `false` at compile time.
use serde::{Deserialize, Serialize};

/// The variable that lists them.
#[cfg(debug_assertions)]
const VARIABLE: &str = "ASSIZE_WITHOUT";

/// Layers left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Without {
    #[cfg(debug_assertions)]
    seccomp: bool,
    #[cfg(debug_assertions)]
    landlock: bool,
    #[cfg(debug_assertions)]
    read_only: bool,
}

impl Without {
    /// What `ASSIZE_WITHOUT` lists, of `seccomp`, `landlock` and `read-only`, with commas between. An unknown word: every layer
    /// stays.
    #[cfg(debug_assertions)]
    pub fn from_environment() -> Self {
        let Ok(words) = std::env::var(VARIABLE) else { return Self::default() };
        let mut without = Self::default();
        for word in words.split(',') {
            match word {
                "seccomp" => without.seccomp = true,
                "landlock" => without.landlock = true,
                "read-only" => without.read_only = true,
                _ => {
                    tracing::error!("{VARIABLE} has {word:?}, which is no layer: all are in force");
                    return Self::default();
                }
            }
        }
        tracing::warn!("a build for tests: runs are WITHOUT {words}");
        without
    }

    /// Nothing.
    #[cfg(not(debug_assertions))]
    pub fn from_environment() -> Self {
        Self::default()
    }

    /// No system-call filters.
    pub(super) const fn seccomp(self) -> bool {
        #[cfg(debug_assertions)]
        return self.seccomp;
        #[cfg(not(debug_assertions))]
        false
    }

    /// No Landlock domain.
    pub(super) const fn landlock(self) -> bool {
        #[cfg(debug_assertions)]
        return self.landlock;
        #[cfg(not(debug_assertions))]
        false
    }

    /// Binds as writable as what they show.
    pub(super) const fn read_only(self) -> bool {
        #[cfg(debug_assertions)]
        return self.read_only;
        #[cfg(not(debug_assertions))]
        false
    }
}
