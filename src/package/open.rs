//! From a path to a package: which format it is, and everything that is wrong with it.
use super::data_only;
use super::icpc;
use super::package::Package;
use super::problem::{Place, Problem, Problems, Severity};
use super::tree::Tree;
use crate::profile::Profiles;
use std::path::Path;

impl Package {
    /// Reads a package, a folder. `profiles` say which languages its programs are in.
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
        let folder = match path.canonicalize() {
            Ok(folder) => folder,
            Err(e) => {
                problems.error(whole, format!("{}: {e}", path.display()));
                return None;
            }
        };
        if !folder.is_dir() {
            problems.error(whole, format!("{} is no folder", path.display()));
            return None;
        }
        let name = folder.file_name().map_or_else(|| "package".to_owned(), |n| n.to_string_lossy().into_owned());
        let tree = Tree::list(&folder, problems);
        if tree.is_file("problem.yaml") {
            return icpc::read(&name, &folder, &tree, profiles, problems);
        }
        if tree.is_folder("data/secret") {
            let message = "problem.yaml is missing; an empty one makes it a legacy package";
            problems.error(Place::file(Path::new("problem.yaml")), message);
            return None;
        }
        if data_only::is_here(&tree) {
            return Some(data_only::read(&name, &folder, &tree, profiles, problems));
        }
        let message = "no problem package: there is neither problem.yaml (ICPC, Kattis) nor any NAME.in with NAME.ans or NAME.out";
        problems.error(whole, message);
        None
    }
}

impl Problem {
    /// Whether the package can't be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
