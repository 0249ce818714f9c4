//! What differs, told to the contestant (where) and to the staff (what).
use super::place::{Passed, Place, Unit};
use std::fmt;

/// Bytes shown from the difference on; with what is kept from before it, about 80 in all.
pub(super) const AFTER: usize = 40;

/// A stretch of the output or of the answer around the difference.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    bytes: Vec<u8>,
    cut_before: bool,
    cut_after: bool,
    /// The output, or the answer, ends here.
    ended: bool,
    /// Bytes from the difference on, whether shown or cut.
    after: usize,
}

impl Shown {
    /// What was passed of the unit; [`Self::extend`] adds what follows.
    pub(super) fn after(passed: &Passed) -> Self {
        Self { bytes: passed.tail.clone(), cut_before: passed.len > passed.tail.len() as u64, ..Self::default() }
    }

    /// The head of a token that is at hand whole.
    pub(super) fn head(token: &[u8]) -> Self {
        let cut = token.len().min(2 * AFTER);
        Self { bytes: token[..cut].to_vec(), cut_after: cut < token.len(), ..Self::default() }
    }

    /// Nothing: the end was reached.
    pub(super) fn end() -> Self {
        Self { ended: true, ..Self::default() }
    }

    /// The same, with the end after it.
    pub(super) fn ended(self) -> Self {
        Self { ended: true, ..self }
    }

    /// Adds what follows, all of the same unit. False: no more is needed.
    pub(super) fn extend(&mut self, bytes: &[u8]) -> bool {
        let room = AFTER.saturating_sub(self.after);
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.after += bytes.len();
        self.cut_after |= self.after > AFTER;
        !self.cut_after
    }

    /// Whether it is white space and nothing else.
    pub(super) fn is_space(&self) -> bool {
        !self.bytes.is_empty() && self.bytes.iter().all(|b| super::place::is_space(*b))
    }

    fn whole(&self) -> bool {
        !self.cut_before && !self.cut_after
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ended && self.bytes.is_empty() {
            return f.write_str("end of output");
        }
        f.write_str(if self.cut_before { "…\"" } else { "\"" })?;
        for piece in self.bytes.utf8_chunks() {
            for c in piece.valid().chars() {
                if c == '\'' {
                    f.write_str("'")?;
                } else {
                    c.escape_debug().fmt(f)?;
                }
            }
            for b in piece.invalid() {
                write!(f, "\\x{b:02x}")?;
            }
        }
        f.write_str(if self.cut_after { "\"…" } else { "\"" })?;
        f.write_str(if self.ended { " and then end of output" } else { "" })
    }
}

/// In which way it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something else stands there.
    Differs,
    /// The output ended first.
    EndsEarly,
    /// The answer ended first.
    Extra,
}

/// How much of the output belongs to what is shown of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// All there is to show has been seen.
    Seen,
    /// Up to the unit's end.
    End(Unit),
    /// Up to the line's end and with its `\n`.
    Newline,
}

/// The first difference.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) kind: Kind,
    /// Where in the output.
    pub(super) place: Place,
    /// The token's number in its line, where the checker counts tokens.
    pub(super) token: Option<u64>,
    pub(super) expected: Shown,
    pub(super) found: Shown,
    pub(super) until: Until,
    /// More to say about it.
    pub(super) hint: Option<String>,
}

impl Difference {
    /// Sees the output from the difference on, as far as it is to be shown.
    pub(super) fn collect(&mut self, chunk: &[u8]) {
        let end = match self.until {
            Until::Seen => return,
            Until::End(unit) => chunk.iter().position(|b| unit.ends_at(*b)),
            Until::Newline => chunk.iter().position(|b| *b == b'\n').map(|i| i + 1),
        };
        let more = self.found.extend(&chunk[..end.unwrap_or(chunk.len())]);
        if end.is_some() || !more {
            self.until = Until::Seen;
        }
    }

    /// For the contestant: where, and nothing of the answer.
    pub(super) fn message(&self) -> String {
        let line = self.place.line();
        match self.kind {
            Kind::Differs => format!("wrong answer: line {line} differs"),
            Kind::Extra => format!("wrong answer: there is more output than expected, in line {line}"),
            Kind::EndsEarly if self.place.in_line => format!("wrong answer: the output ends too early, in line {line}"),
            Kind::EndsEarly if line == 1 => "wrong answer: the output is empty".into(),
            Kind::EndsEarly => format!("wrong answer: the output ends too early, after line {}", line - 1),
        }
    }

    /// For the staff: the place, what was expected and what was found.
    pub(super) fn judge_message(&self) -> String {
        let line = self.place.line();
        let place = self.token.map_or_else(|| format!("line {line}"), |token| format!("line {line}, token {token}"));
        let text = format!("{place}: expected {}, found {}", self.expected, self.found);
        match self.hint.as_deref().or_else(|| self.guess()) {
            Some(hint) => format!("{text} ({hint})"),
            None => text,
        }
    }

    /// What a person would see at a glance.
    fn guess(&self) -> Option<&'static str> {
        let (expected, found) = (&self.expected, &self.found);
        if !(expected.whole() && found.whole()) {
            return None;
        }
        let inked = |shown: &Shown| shown.bytes.iter().copied().filter(|b| !super::place::is_space(*b)).collect::<Vec<_>>();
        if expected.bytes == found.bytes {
            None
        } else if expected.bytes.eq_ignore_ascii_case(&found.bytes) {
            Some("only upper and lower case differ")
        } else if inked(expected) == inked(found) {
            Some("only white space differs")
        } else {
            None
        }
    }
}
