//! `assize languages`: the loaded profiles.

/// Runs `assize languages`; the exit status of the process.
pub fn languages(args: &crate::cli::LanguagesArgs) -> anyhow::Result<u8> {
    let _ = args;
    anyhow::bail!("`assize languages` is not built yet")
}
