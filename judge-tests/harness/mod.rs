//! What the integration tests share: the binary under test, its processes, the cases and how they are compared.
//!
//! `ASSIZE_BIN` names the binary (default: the one cargo built), `ASSIZE_TESTS` this folder, `ASSIZE_MODE` the limit mode
//! that must be in force, `ASSIZE_REQUIRE_ALL=1` makes a missing toolchain a failure instead of a skip, `ASSIZE_PART=i/n` runs a part of the cases.
#![allow(dead_code, reason = "each test crate uses a part of it")]

pub mod attack;
pub mod binary;
pub mod canary;
pub mod case;
pub mod channel;
pub mod control;
pub mod expect;
pub mod message;
pub mod poison;
pub mod processes;
pub mod suite;
pub mod traces;

/// Whether this is user-mode-linux (`judge-tests/run` says so): one slow CPU, whose every stop counts as CPU time of who runs there.
pub fn in_uml() -> bool {
    std::env::var_os("ASSIZE_UML").is_some()
}
