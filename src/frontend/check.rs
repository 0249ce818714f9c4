//! `assize check`: what this host offers.

/// Runs `assize check`; the exit status of the process.
pub fn check(args: &crate::cli::CheckArgs) -> anyhow::Result<u8> {
    let _ = args;
    anyhow::bail!("`assize check` is not built yet")
}
