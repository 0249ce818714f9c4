//! What an artifact was made from, as a hash.
use std::fmt;
use std::io::{self, Read};

/// The name of an entry: a BLAKE3 hash over everything that went into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// A key over no parts yet. `domain` keeps keys of different uses, or of different versions of one, apart.
    pub fn builder(domain: &str) -> KeyBuilder {
        KeyBuilder(blake3::Hasher::new()).part(domain)
    }

    /// The hash itself.
    pub const fn bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(super) fn from_hex(name: &str) -> Option<Self> {
        blake3::Hash::from_hex(name).ok().map(|hash| Self(*hash.as_bytes()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// Hashes the parts of a key. Each is prefixed with its length, so that no two lists of parts run together alike.
#[derive(Debug, Clone)]
#[must_use]
pub struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    /// One part.
    pub fn part(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_le_bytes()).update(part);
        self
    }

    /// A list of parts, as long as it is.
    pub fn parts<T: AsRef<[u8]>>(mut self, parts: &[T]) -> Self {
        self.0.update(&(parts.len() as u64).to_le_bytes());
        parts.iter().fold(self, Self::part)
    }

    /// One part that is read: its own hash stands for it.
    pub fn content(self, reader: impl Read) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(self.part(hasher.finalize().as_bytes()))
    }

    /// The key over all parts.
    pub fn finish(self) -> Key {
        Key(*self.0.finalize().as_bytes())
    }
}
