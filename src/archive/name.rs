//! Names of entries, as they may be.
use std::fmt;
use std::path::Path;

const MAX_BYTES: usize = 1024;
const MAX_COMPONENT: usize = 255;
const MAX_DEPTH: usize = 32;

/// A relative path: at least one component, none of them `..` or empty, no NUL or other control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryName(String);

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// `/etc/passwd`, `C:\x`.
    #[error("its name is absolute")]
    Absolute,
    /// `../x`, `a/../b`.
    #[error("its name has a `..`")]
    Parent,
    /// NUL, newline, escape.
    #[error("its name has a control character")]
    Control,
    /// Nothing is left of it.
    #[error("it has no name")]
    Empty,
    /// Longer than file systems take.
    #[error("its name is too long")]
    TooLong,
    /// More folders than anyone needs.
    #[error("it lies too deep")]
    TooDeep,
}

impl EntryName {
    /// Checks a name. `./` and doubled slashes are dropped, as every unpacker does; `Ok(None)`: it is the root itself.
    pub(super) fn new(name: &str) -> Result<Option<Self>, BadName> {
        if name.chars().any(char::is_control) {
            return Err(BadName::Control);
        }
        let drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if name.starts_with('/') || drive && name.as_bytes().get(2).is_none_or(|b| matches!(b, b'/' | b'\\')) {
            return Err(BadName::Absolute);
        }
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        let parts: Vec<&str> = name.split('/').filter(|c| !matches!(*c, "" | ".")).collect();
        if parts.contains(&"..") {
            return Err(BadName::Parent);
        }
        if name.len() > MAX_BYTES || parts.iter().any(|c| c.len() > MAX_COMPONENT) {
            return Err(BadName::TooLong);
        }
        if parts.len() > MAX_DEPTH {
            return Err(BadName::TooDeep);
        }
        Ok((!parts.is_empty()).then(|| Self(parts.join("/"))))
    }

    /// As text, with `/` between its components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a path, to be joined to a directory.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The folders that lead to it, outermost first.
    pub(super) fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(i, _)| &self.0[..i])
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
