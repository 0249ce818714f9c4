//! From a path to a package: which format it is, and everything that is wrong with it.
use super::data_only;
use super::icpc;
use super::package::Package;
use super::polygon;
use super::problem::{Place, Problem, Problems, Severity};
use super::tree::Tree;
use crate::archive::{ArchiveError, Caps, Format as ArchiveFormat, temporary_directory, unpack_into};
use crate::profile::Profiles;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

impl Package {
    /// Reads a package: a folder, or an archive of one. `profiles` say which languages its programs are in.
    ///
    /// Where it can't be used, everything wrong with it is named, warnings too; where it can, the warnings are the
    /// package's own.
    pub fn open(path: &Path, profiles: &Profiles) -> Result<Self, Vec<Problem>> {
        let problems = Problems::default();
        let package = Self::read(path, profiles, &problems);
        if let Some(package) = &package {
            package.check_submissions(profiles, &problems);
        }
        let errors = problems.errors();
        let found = problems.into_sorted();
        match package {
            Some(package) if errors == 0 => Ok(Self { warnings: found, ..package }),
            _ => Err(found),
        }
    }

    fn read(path: &Path, profiles: &Profiles, problems: &Problems) -> Option<Self> {
        let whole = Place::file(Path::new(""));
        let path = match path.canonicalize() {
            Ok(path) => path,
            Err(e) => {
                problems.error(whole, format!("{}: {e}", path.display()));
                return None;
            }
        };
        let name = path.file_name().map_or_else(|| "package".to_owned(), |n| n.to_string_lossy().into_owned());
        if path.is_dir() {
            return Self::read_folder(&name, &path, profiles, problems);
        }
        let Some(format) = archive_format(&name) else {
            problems.error(whole, format!("{name} is neither a folder nor an archive (.zip, .kpp, .tar.gz)"));
            return None;
        };
        let unpacked = unpack(&path, format).map_err(|e| problems.error(whole, format!("{name}: {e}"))).ok()?;
        // Under /tmp there may be links on the way.
        let folder = unpacked.path().canonicalize().map_err(|e| problems.error(whole, format!("{name}: {e}"))).ok()?;
        let stem = name.strip_suffix(".kpp").unwrap_or_else(|| ArchiveFormat::stem(&name));
        let package = Self::read_folder(stem, &package_in(folder), profiles, problems);
        package.map(|package| Self { unpacked: Some(unpacked), ..package })
    }

    fn read_folder(name: &str, folder: &Path, profiles: &Profiles, problems: &Problems) -> Option<Self> {
        let tree = Tree::list(folder, problems);
        if tree.is_file("problem.xml") {
            return polygon::read(name, folder, &tree, profiles, problems);
        }
        if tree.is_file("problem.yaml") {
            return icpc::read(name, folder, &tree, profiles, problems);
        }
        if tree.is_folder("data/secret") {
            let message = "problem.yaml is missing; an empty one makes it a legacy package";
            problems.error(Place::file(Path::new("problem.yaml")), message);
            return None;
        }
        if data_only::is_here(&tree) {
            return Some(data_only::read(name, folder, &tree, profiles, problems));
        }
        let message = "no problem package: there is neither problem.yaml (ICPC, Kattis) nor problem.xml (Polygon) nor any NAME.in with \
                       NAME.ans or NAME.out";
        problems.error(Place::file(Path::new("")), message);
        None
    }
}

fn archive_format(name: &str) -> Option<ArchiveFormat> {
    if name.to_ascii_lowercase().ends_with(".kpp") { Some(ArchiveFormat::Zip) } else { ArchiveFormat::of(name) }
}

fn unpack(path: &Path, format: ArchiveFormat) -> Result<TempDir, ArchiveError> {
    let broken = |source| ArchiveError::Read(source);
    let directory = temporary_directory("assize-package-").map_err(broken)?;
    unpack_into(File::open(path).map_err(broken)?, format, Caps::PACKAGE, directory.path())?;
    Ok(directory)
}

/// A package lies in the archive itself, or in the one folder that it has.
fn package_in(mut folder: PathBuf) -> PathBuf {
    while let Ok(entries) = fs::read_dir(&folder) {
        let names: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| !is_litter(p)).collect();
        match &names[..] {
            [only] if only.is_dir() => folder.clone_from(only),
            _ => break,
        }
    }
    folder
}

fn is_litter(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.') || n == "__MACOSX")
}

impl Problem {
    /// Whether the package can't be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
