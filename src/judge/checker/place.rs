//! Where in the output we are, and what was passed just before: kept up block by block, since most blocks are equal.

/// Bytes kept from before the place, to be shown when it turns out to differ.
pub(super) const BEFORE: usize = 40;

/// The six ASCII bytes that are white space.
pub(super) const fn is_space(b: u8) -> bool {
    b == b' ' || b.wrapping_sub(b'\t') < 5
}

#[expect(clippy::naive_bytecount, reason = "the compiler makes vector code of it, several GB a second: no crate is needed")]
fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|b| **b == b'\n').count() as u64
}

/// How many bytes both start with alike.
pub(super) fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    prefix_by(a, b, |x, y| x == y)
}

/// How many bytes both start with alike but for upper and lower case (ASCII).
pub(super) fn common_prefix_any_case(a: &[u8], b: &[u8]) -> usize {
    prefix_by(a, b, |x, y| x == y || x.eq_ignore_ascii_case(y))
}

/// Blocks are compared whole (`memcmp`) first; only the one that differs is looked at byte by byte.
fn prefix_by(a: &[u8], b: &[u8], same: impl Fn(&[u8], &[u8]) -> bool) -> usize {
    const SMALL: usize = 128;
    const LARGE: usize = 16 << 10;
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut at = 0;
    while at + LARGE <= n && same(&a[at..at + LARGE], &b[at..at + LARGE]) {
        at += LARGE;
    }
    while at + SMALL <= n && same(&a[at..at + SMALL], &b[at..at + SMALL]) {
        at += SMALL;
    }
    let rest = a[at..].iter().zip(&b[at..]).position(|(x, y)| !same(&[*x], &[*y]));
    rest.map_or(n, |i| at + i)
}

/// What a difference is shown within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// From one `\n` to the next.
    Line,
    /// From white space to white space.
    Token,
}

impl Unit {
    /// Whether `b` ends a unit.
    pub(super) const fn ends_at(self, b: u8) -> bool {
        match self {
            Self::Line => b == b'\n',
            Self::Token => is_space(b),
        }
    }

    /// Where in `bytes` the last unit starts, if one starts there.
    pub(super) fn last_start(self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().rposition(|b| self.ends_at(*b)).map(|i| i + 1)
    }
}

/// What was passed of the unit we are in.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed {
    /// Its last bytes, at most [`BEFORE`].
    pub(super) tail: Vec<u8>,
    /// How many it were in all.
    pub(super) len: u64,
}

impl Passed {
    /// Passes over `bytes`, in which the last unit starts at `start`.
    pub(super) fn advance(&mut self, bytes: &[u8], start: Option<usize>) {
        let bytes = if let Some(start) = start {
            self.tail.clear();
            self.len = 0;
            &bytes[start..]
        } else {
            bytes
        };
        self.len += bytes.len() as u64;
        if bytes.len() >= BEFORE {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - BEFORE..]);
        } else {
            let surplus = (self.tail.len() + bytes.len()).saturating_sub(BEFORE);
            self.tail.drain(..surplus);
            self.tail.extend_from_slice(bytes);
        }
    }
}

/// Where in the output we are.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// `\n` passed.
    pub(super) newlines: u64,
    /// Tokens that started in this line.
    pub(super) tokens: u64,
    /// Whether the last byte was part of a token.
    pub(super) in_token: bool,
    /// Whether anything but `\n` was passed since the last `\n`.
    pub(super) in_line: bool,
}

impl Place {
    /// Passes over `bytes`.
    pub(super) fn advance(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        let mut line = bytes;
        // Two passes that the compiler can turn into vector code beat one that branches on every byte.
        if let Some(i) = bytes.iter().rposition(|b| *b == b'\n') {
            self.newlines += newlines(&bytes[..=i]);
            self.tokens = 0;
            self.in_token = false;
            line = &bytes[i + 1..];
        }
        if let Some(first) = line.first() {
            let starts = line.iter().zip(&line[1..]).filter(|(a, b)| is_space(**a) & !is_space(**b)).count();
            self.tokens += starts as u64 + u64::from(!self.in_token && !is_space(*first));
        }
        self.in_token = !is_space(*last);
        self.in_line = *last != b'\n';
    }

    /// Passes over `bytes` for a checker that has no tokens.
    pub(super) fn advance_lines(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.newlines += newlines(bytes);
            self.in_line = *last != b'\n';
        }
    }

    /// The line we are in, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.newlines + 1
    }
}
