//! Names of files inside the box.
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::borrow::Borrow;
use std::fmt;

/// A relative path inside the box: no `..`, no absolute path, no NUL, no component over 255 bytes (`NAME_MAX`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct BoxName(String);

/// Why a string can't be a [`BoxName`]; the text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The empty string.
    #[error("a file name must not be empty")]
    Empty,
    /// Starts with `/`.
    #[error("the file name {0:?} is absolute; give it relative to the box")]
    Absolute(String),
    /// Has a `..`, `.` or empty component.
    #[error("the file name {0:?} has a `.`, `..` or empty component; give a plain relative path")]
    Component(String),
    /// Has a NUL or another control character.
    #[error("the file name {0:?} has a NUL or control character")]
    Control(String),
    /// A component over 255 bytes, or over 1024 bytes in all.
    #[error("the file name is too long ({0} bytes; at most 255 in a component and 1024 in all)")]
    TooLong(usize),
    /// Deeper than 16 directories.
    #[error("the file name {0:?} is more than 16 directories deep")]
    TooDeep(String),
}

impl BoxName {
    /// Checks a name.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > 1024 || name.split('/').any(|c| c.len() > 255) {
            return Err(NameError::TooLong(name.len()));
        }
        if name.starts_with('/') {
            return Err(NameError::Absolute(name.into()));
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::Control(name.into()));
        }
        if name.split('/').any(|c| matches!(c, "" | "." | "..")) {
            return Err(NameError::Component(name.into()));
        }
        if name.split('/').count() > 16 {
            return Err(NameError::TooDeep(name.into()));
        }
        Ok(Self(name.into()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first component: the file itself, or the directory at the top that holds it.
    pub fn top(&self) -> &str {
        self.0.split('/').next().unwrap_or(&self.0)
    }

    /// The directories that lead to it, outermost first.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(i, _)| &self.0[..i])
    }
}

impl fmt::Display for BoxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for BoxName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for BoxName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_plain_relative_paths() {
        for name in ["main.cpp", "a/b/c.txt", "-x", "with space", "é.py", ".hidden", "...", "a..b"] {
            assert!(BoxName::new(name).is_ok(), "{name}");
        }
        let name = BoxName::new("a/b/c").unwrap();
        assert_eq!((name.top(), name.parents().collect::<Vec<_>>()), ("a", vec!["a", "a/b"]));
    }

    #[test]
    fn refuses_all_else() {
        let long = "x".repeat(256);
        let deep = "a/".repeat(16) + "b";
        for name in ["", "/etc/passwd", "..", "a/../b", "a//b", "a/", ".", "./a", "a\0b", "a\nb", &long, &deep] {
            assert!(BoxName::new(name).is_err(), "{name:?}");
        }
    }
}
