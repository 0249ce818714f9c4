//! Host paths: patterns with `*`, the home, the cache.
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Whether a file's name matches a pattern in which `*` stands for any part.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut rest = rest;
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The paths that exist for a pattern (`~/` is the home), the greatest names first, so that newer versions are.
pub(super) fn find(pattern: &str) -> Vec<PathBuf> {
    let path = match pattern.strip_prefix("~/") {
        Some(rest) => match home() {
            Some(home) => home.join(rest),
            None => return Vec::new(),
        },
        None => PathBuf::from(pattern),
    };
    let mut found = vec![PathBuf::new()];
    for component in path.components() {
        match component {
            Component::Normal(name) if name.to_string_lossy().contains('*') => {
                let pattern = name.to_string_lossy();
                found = found.iter().flat_map(|dir| list(dir, &pattern)).collect();
            }
            c => found.iter_mut().for_each(|p| p.push(c)),
        }
    }
    found.retain(|p| p.exists());
    found
}

fn list(dir: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut names: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
    names.retain(|n| n.to_str().is_some_and(|n| !n.starts_with('.') && matches(pattern, n)));
    names.sort_by(|a, b| b.cmp(a));
    names.iter().map(|n| dir.join(n)).collect()
}

/// The caller's home.
pub(super) fn home() -> Option<PathBuf> {
    absolute(std::env::var_os("HOME").as_deref())
}

/// `$XDG_CACHE_HOME/assize`.
pub fn cache() -> Option<PathBuf> {
    let base = absolute(std::env::var_os("XDG_CACHE_HOME").as_deref()).or_else(|| home().map(|h| h.join(".cache")));
    base.map(|b| b.join("assize"))
}

/// `$XDG_CONFIG_HOME/assize`.
pub(super) fn config() -> Option<PathBuf> {
    let base = absolute(std::env::var_os("XDG_CONFIG_HOME").as_deref()).or_else(|| home().map(|h| h.join(".config")));
    base.map(|b| b.join("assize"))
}

/// The XDG specification: relative paths are ignored.
fn absolute(value: Option<&OsStr>) -> Option<PathBuf> {
    value.map(PathBuf::from).filter(|p| p.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name) in [("main", "main"), ("*", ""), ("*.class", "A$1.class"), ("a*c*e", "abcde"), ("a*a", "aa"), ("x**y", "xy")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("main", "main2"), ("*.class", "class"), ("a*a", "a"), ("a*c*e", "aec"), ("", "x")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn existing_paths_are_found() {
        assert_eq!(find("/dev/nul*"), [PathBuf::from("/dev/null")]);
        assert!(find("/nonexistent/*").is_empty());
    }
}
