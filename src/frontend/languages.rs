//! `assize languages`: the loaded profiles, and which of their toolchains are here.
use crate::cli::LanguagesArgs;
use crate::profile::{Language, Profiles, user_directory};
use crate::sandbox::LimitMode;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// One language, as this host has it. The keys are those of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub id: String,
    pub name: String,
    pub available: bool,
    /// What its tool prints about itself.
    pub version: Option<String>,
    /// The tool on the host.
    pub command: Option<PathBuf>,
    /// What is missing.
    pub reason: Option<String>,
    /// What mends that.
    pub hint: Option<String>,
    pub compiled: bool,
    pub extensions: Vec<String>,
}

/// Runs `assize languages`; the exit status of the process.
pub fn languages(args: &LanguagesArgs) -> anyhow::Result<u8> {
    let dirs: Vec<PathBuf> = user_directory().into_iter().chain(args.profiles.iter().cloned()).collect();
    // The mode decides about system calls only, and none of them is made here.
    let rows = rows(&Profiles::load(&dirs, LimitMode::Rlimit)?);
    let text = if args.json { serde_json::to_string_pretty(&rows)? + "\n" } else { table(&rows) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(0)
}

/// Looks for every language's toolchain and asks its version: side by side, because some take a second to start.
pub(super) fn rows(profiles: &Profiles) -> Vec<Row> {
    std::thread::scope(|scope| {
        let looking: Vec<_> = profiles.languages().map(|language| scope.spawn(|| row(language))).collect();
        looking.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn row(language: &Language) -> Row {
    let found = language.toolchain();
    let missing = found.as_ref().err();
    Row {
        id: language.id().to_owned(),
        name: language.name().to_owned(),
        available: found.is_ok(),
        version: found.as_ref().ok().map(|t| t.version().to_owned()).filter(|v| !v.is_empty()),
        command: found.as_ref().ok().map(|t| t.host_path().to_owned()),
        reason: missing.map(|m| m.reason.clone()),
        hint: missing.map(|m| m.hint.clone()),
        compiled: language.is_compiled(),
        extensions: language.extensions().to_vec(),
    }
}

pub(super) fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> &str| rows.iter().map(|r| of(r).chars().count()).max().unwrap_or(0);
    let (id, name) = (width(|r| &r.id), width(|r| &r.name));
    let mut text = String::new();
    for row in rows {
        let state = match (&row.version, &row.reason, &row.hint) {
            (_, Some(reason), Some(hint)) => format!("missing: {reason}; {hint}"),
            (Some(version), ..) => version.clone(),
            _ => "installed".to_owned(),
        };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{:id$}  {:name$}  {state}", row.id, row.name);
    }
    text
}
