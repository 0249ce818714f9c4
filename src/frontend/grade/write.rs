//! The files that the command line asks for, each whole or not there.
use crate::cli::GradeArgs;
use crate::report::{Record, Report, csv, feedback, html};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

pub(super) fn all(args: &GradeArgs, report: &Report) -> anyhow::Result<()> {
    if let Some(path) = &args.csv {
        file(path, csv(report).as_bytes())?;
    }
    if let Some(path) = &args.json {
        file(path, &serde_json::to_vec_pretty(report)?)?;
    }
    if let Some(path) = &args.html {
        file(path, html(report)?.as_bytes())?;
    }
    if let Some(folder) = &args.feedback {
        fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
        let mut names = BTreeSet::new();
        for student in &report.students {
            let mut name = file_name(student);
            while !names.insert(name.clone()) {
                name.push('_');
            }
            file(&folder.join(name + ".html"), feedback(report, student)?.as_bytes())?;
        }
    }
    Ok(())
}

/// Written beside its place and moved there.
fn file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut temporary = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.persist(path).map_err(|e| e.error)?;
        std::io::Result::Ok(())
    };
    write().with_context(|| format!("failed to write {}", path.display()))
}

/// A student's key as the name of a plain file, whatever it is.
fn file_name(student: &Record) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '+' | '@') { c } else { '_' };
    let name: String = student.key.chars().map(safe).take(60).collect();
    // Neither hidden nor an option.
    if name.starts_with(['.', '-', ' ']) || name.is_empty() { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    #[test]
    fn keys_become_plain_file_names() {
        for (key, wanted) in [
            ("Ada Lovelace_12", "Ada Lovelace_12"),
            ("../../etc/passwd", "_.._.._etc_passwd"),
            ("-rf.py", "_-rf.py"),
            ("", "_"),
            ("a\n\u{202e}b<c>", "a__b_c_"),
        ] {
            let student = Record {
                key: key.into(),
                name: String::new(),
                hash: String::new(),
                language: None,
                files: Vec::new(),
                outcome: Outcome::Problem(String::new()),
            };
            assert_eq!(file_name(&student), wanted);
        }
    }
}
