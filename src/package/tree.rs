//! The files of a package, listed once. Names starting with `.` or `-` are not part of it, and no link leads out of it.
use super::problem::{Place, Problems};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// No package has more files, or deeper ones.
const MOST_ENTRIES: usize = 200_000;
const MOST_DEPTH: usize = 32;
/// A text that describes something is never larger.
const MOST_TEXT_BYTES: u64 = 4 << 20;

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Absolute, and no link.
    pub path: PathBuf,
    pub folder: bool,
    pub executable: bool,
}

/// All files by their path in the package, `/` between the parts.
#[derive(Debug)]
pub(super) struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Lists a folder that was made canonical.
    pub(super) fn list(root: &Path, problems: &Problems) -> Self {
        let mut tree = Self { entries: BTreeMap::new() };
        tree.add(root, root, "", 0, problems);
        tree
    }

    fn add(&mut self, root: &Path, folder: &Path, prefix: &str, depth: usize, problems: &Problems) {
        let here = Path::new(if prefix.is_empty() { "." } else { prefix.trim_end_matches('/') });
        if depth > MOST_DEPTH {
            return problems.error(Place::file(here), format!("folders are more than {MOST_DEPTH} deep"));
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => return problems.error(Place::file(here), format!("can't be read: {e}")),
        };
        let mut names: Vec<_> = entries.flatten().map(|e| e.file_name()).collect();
        names.sort();
        for name in names {
            let Some(name) = name.to_str() else {
                problems.warning(Place::file(&here.join(&name)), "the name is not UTF-8; the file is ignored");
                continue;
            };
            if name.starts_with(['.', '-']) {
                continue;
            }
            let relative = format!("{prefix}{name}");
            let place = Place::file(Path::new(&relative));
            let path = match folder.join(name).canonicalize() {
                Ok(path) if path.starts_with(root) => path,
                Ok(_) => {
                    problems.error(place, "this link leads out of the package; put a copy in its place");
                    continue;
                }
                Err(e) => {
                    problems.error(place, format!("can't be read: {e}"));
                    continue;
                }
            };
            let Ok(facts) = fs::metadata(&path) else {
                problems.error(place, "can't be read");
                continue;
            };
            if !facts.is_file() && !facts.is_dir() {
                problems.error(place, "is neither a file nor a folder");
                continue;
            }
            if self.entries.len() >= MOST_ENTRIES {
                return problems.error(place, format!("the package has more than {MOST_ENTRIES} files"));
            }
            let executable = facts.is_file() && facts.permissions().mode() & 0o111 != 0;
            self.entries.insert(relative.clone(), Entry { path: path.clone(), folder: facts.is_dir(), executable });
            if facts.is_dir() {
                self.add(root, &path, &format!("{relative}/"), depth + 1, problems);
            }
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    pub(super) fn is_file(&self, path: &str) -> bool {
        self.get(path).is_some_and(|e| !e.folder)
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.get(path).is_some_and(|e| e.folder)
    }

    /// What lies right in a folder: names, in order. The package itself is `""`.
    pub(super) fn children<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below = self.entries.range(prefix.clone()..).take_while({
            let prefix = prefix.clone();
            move |(path, _)| path.starts_with(&prefix)
        });
        below.map(move |(path, entry)| (&path[prefix.len()..], entry)).filter(|(name, _)| !name.contains('/'))
    }

    /// All files below a folder: their path relative to it.
    pub(super) fn files_below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below = self.entries.range(prefix.clone()..).take_while({
            let prefix = prefix.clone();
            move |(path, _)| path.starts_with(&prefix)
        });
        below.filter(|(_, entry)| !entry.folder).map(move |(path, entry)| (&path[prefix.len()..], entry))
    }

    /// A file that describes something; `None` when it isn't there or can't be read, which is then a problem.
    pub(super) fn text(&self, path: &str, problems: &Problems) -> Option<String> {
        let entry = self.get(path).filter(|e| !e.folder)?;
        let place = Place::file(Path::new(path));
        match fs::metadata(&entry.path).map(|m| m.len()) {
            Ok(bytes) if bytes > MOST_TEXT_BYTES => {
                problems.error(place, format!("has {bytes} bytes; a file of this kind has at most {MOST_TEXT_BYTES}"));
                return None;
            }
            Ok(_) => {}
            Err(e) => {
                problems.error(place, format!("can't be read: {e}"));
                return None;
            }
        }
        match fs::read(&entry.path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
                Err(e) => {
                    let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
                    let line = good.split(|b| *b == b'\n').count();
                    problems.error(Place::line(Path::new(path), line), "is not UTF-8; save it as UTF-8");
                    None
                }
            },
            Err(e) => {
                problems.error(place, format!("can't be read: {e}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_belongs_to_the_package_and_follows_no_link_out_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("p/data/a.b")).unwrap();
        for file in ["p/data/1.in", "p/data/a.b/x", "p/.git", "p/-x", "secret"] {
            fs::write(root.join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink("1.in", root.join("p/data/2.in")).unwrap();
        std::os::unix::fs::symlink("../../secret", root.join("p/data/3.in")).unwrap();
        std::os::unix::fs::symlink("gone", root.join("p/data/4.in")).unwrap();
        std::os::unix::fs::symlink("..", root.join("p/data/up")).unwrap();
        let problems = Problems::default();
        let tree = Tree::list(&root.join("p"), &problems);
        assert_eq!(tree.children("data").map(|(n, _)| n).filter(|n| *n != "up").collect::<Vec<_>>(), ["1.in", "2.in", "a.b"]);
        assert_eq!(tree.get("data/2.in").unwrap().path, root.join("p/data/1.in"));
        assert_eq!(tree.children("").map(|(n, _)| n).collect::<Vec<_>>(), ["data"]);
        assert_eq!(tree.files_below("data/a.b").map(|(n, _)| n).collect::<Vec<_>>(), ["x"]);
        let told: Vec<String> = problems.into_sorted().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|t| t.starts_with("data/3.in: error: this link leads out")), "{told:?}");
        assert!(told.iter().any(|t| t.starts_with("data/4.in: error: can't be read")), "{told:?}");
        assert!(told.iter().any(|t| t.contains("deep")), "{told:?}");
    }
}
