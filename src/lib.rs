//! assize: a rootless sandbox and judge for untrusted code.
#![deny(unsafe_code)]
pub mod cli;
pub mod frontend;
pub mod judge;
pub mod model;
pub mod pool;
pub mod profile;
pub mod sandbox;
