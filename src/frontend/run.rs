//! `assize run`: one command in the sandbox.

/// Runs `assize run`; the exit status of the process.
pub fn run(args: &crate::cli::RunArgs) -> anyhow::Result<u8> {
    let _ = args;
    anyhow::bail!("`assize run` is not built yet")
}
