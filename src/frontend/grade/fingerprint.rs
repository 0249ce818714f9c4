//! A package's hash: of all its files that can decide a verdict. (Its limits are hashed apart, as they may be given.)
use crate::package::Format;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Of the names and contents of a package's files. What lies there too, such as a class or its results, does not count.
pub(super) fn of_package(folder: &Path, format: Format) -> io::Result<blake3::Hash> {
    let mut files = Vec::new();
    list(folder, "", format, &mut files)?;
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).as_os_str().as_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
        let content = File::open(&file)?;
        hasher.update(&content.metadata()?.len().to_le_bytes());
        hasher.update_reader(content)?;
    }
    Ok(hasher.finalize())
}

/// Whether what lies at this path in the package can decide anything.
fn counts(path: &str, is_folder: bool, format: Format) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    if path.split('/').any(|part| part.starts_with('.')) || matches!(top, "submissions" | "solutions") {
        return false;
    }
    if format == Format::Data {
        return is_folder || [".in", ".ans", ".out"].iter().any(|ending| path.ends_with(ending));
    }
    if matches!(format, Format::IcpcLegacy | Format::Icpc2025) {
        let parts = ["problem.yaml", "domjudge-problem.ini", "data", "output_validators", "output_validator", "include"];
        return parts.contains(&top);
    }
    !matches!(top, "statements" | "statement-sections" | "materials" | "doc")
}

fn list(folder: &Path, prefix: &str, format: Format, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        let Ok(facts) = fs::metadata(&path) else { continue };
        if !counts(&name, facts.is_dir(), format) {
            continue;
        }
        // Links are followed, as the package's own reading does, which also saw that none leads round in circles.
        if facts.is_file() {
            files.push(path);
        } else if facts.is_dir() {
            list(&path, &format!("{name}/"), format, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_decides_and_nothing_else() {
        for (format, decides, does_not) in [
            (Format::Icpc2025, "data/secret/1.in", "class/a.py"),
            (Format::IcpcLegacy, "output_validators/v.cpp", "sums.results.jsonl"),
            (Format::Data, "tests/1.in", "tests/report.html"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let put = |name: &str, text: &str| {
                let path = dir.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            };
            let hash = || of_package(dir.path(), format).unwrap();
            put(decides, "1");
            let first = hash();
            for name in [does_not, "submissions/accepted/a.py", ".git/HEAD"] {
                put(name, "x");
                assert_eq!(hash(), first, "{format}: {name}");
            }
            put(decides, "2");
            assert_ne!(hash(), first, "{format}");
            put(decides, "1");
            assert_eq!(hash(), first, "{format}");
            fs::rename(dir.path().join(decides), dir.path().join(decides.replace('1', "2").replace("v.", "w."))).unwrap();
            assert_ne!(hash(), first, "{format}");
        }
    }
}
