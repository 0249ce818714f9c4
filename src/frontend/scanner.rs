//! Finds where a JSON value ends, a chunk at a time: a push-down automaton of RFC 8259 that looks at every byte once.
//!
//! What it lets pass is JSON but for what serde checks later: UTF-8, surrogate pairs and the range of numbers.

/// The deepest nesting that is followed; what serde reads ends at 128 already.
pub(super) const MAX_DEPTH: usize = 1 << 20;

/// A place in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes before it.
    pub offset: u64,
    /// Its line, from 1.
    pub line: u64,
    /// Where its line starts.
    pub line_start: u64,
}

impl Place {
    /// The start of the input.
    pub const START: Self = Self { offset: 0, line: 1, line_start: 0 };

    /// Its column, in bytes from 1.
    pub const fn column(self) -> u64 {
        self.offset - self.line_start + 1
    }

    /// Goes on by `n` bytes with no line end in them.
    pub fn advance(&mut self, n: usize) {
        self.offset += n as u64;
    }

    /// Goes on by one byte, which is a line end.
    pub fn end_line(&mut self) {
        self.offset += 1;
        self.line += 1;
        self.line_start = self.offset;
    }
}

/// An object inside the value whose `{` is the first byte of a line, and which is still open.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenLine {
    /// Where the `{` is.
    pub offset: u64,
    /// How many containers it is in.
    pub depth: usize,
}

/// What came of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All of it belongs to the value, which goes on.
    More,
    /// The value ended; [`Scanner::place`] is just behind it.
    End,
    /// This can't be JSON; [`Scanner::place`] is at the byte in question.
    Fault(&'static str),
}

#[derive(Debug, Clone, Copy)]
enum State {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    AfterMember,
    Text { key: bool },
    Escape { key: bool },
    Hex { key: bool, left: u8 },
    Literal(&'static [u8]),
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

const OBJECT: u8 = 1;
const AT_LINE_START: u8 = 2;

/// The automaton.
#[derive(Debug)]
pub(super) struct Scanner {
    state: State,
    place: Place,
    /// A byte per open container.
    open: Vec<u8>,
    open_lines: Vec<OpenLine>,
}

impl Scanner {
    pub fn new() -> Self {
        Self { state: State::Value, place: Place::START, open: Vec::new(), open_lines: Vec::new() }
    }

    /// Gets ready for the value that starts at `place`.
    pub fn begin(&mut self, place: Place) {
        self.state = State::Value;
        self.place = place;
        self.open.clear();
        self.open_lines.clear();
    }

    /// The next byte's place.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The objects still open that start a line, outermost first; the value itself is not among them.
    pub fn open_lines(&self) -> &[OpenLine] {
        &self.open_lines
    }

    /// Whether the value is whole if the input ends here: only a number can tell no other way.
    pub fn finish(&self) -> bool {
        self.open.is_empty() && self.number_can_end()
    }

    /// Takes in the next bytes; returns how many of them it used.
    pub fn scan(&mut self, bytes: &[u8]) -> (usize, Step) {
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            if let State::Text { key } = self.state {
                // Most of a request is strings: pass over their plain bytes in one go.
                let plain = bytes.get(i..).unwrap_or_default();
                let n = plain.iter().position(|b| matches!(b, b'"' | b'\\' | ..0x20)).unwrap_or(plain.len());
                if n > 0 {
                    self.place.advance(n);
                    i += n;
                    continue;
                }
                match byte {
                    b'"' if key => self.state = State::Colon,
                    b'"' => self.state = State::AfterMember,
                    b'\\' => self.state = State::Escape { key },
                    _ => return (i, Step::Fault("line end or control character inside a string")),
                }
                self.place.advance(1);
                i += 1;
                if !key && byte == b'"' && self.open.is_empty() {
                    return (i, Step::End);
                }
                continue;
            }
            if self.number_can_end() && !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E') {
                if self.open.is_empty() {
                    return (i, Step::End);
                }
                self.state = State::AfterMember;
            }
            match byte {
                b'\n' if self.between_tokens() => self.place.end_line(),
                b' ' | b'\t' | b'\r' if self.between_tokens() => self.place.advance(1),
                _ => {
                    if let Err(what) = self.token(byte) {
                        return (i, Step::Fault(what));
                    }
                    self.place.advance(1);
                    if matches!(self.state, State::AfterMember) && self.open.is_empty() {
                        return (i + 1, Step::End);
                    }
                }
            }
            i += 1;
        }
        (i, Step::More)
    }

    const fn number_can_end(&self) -> bool {
        matches!(self.state, State::Zero | State::Integer | State::Fraction | State::ExponentDigits)
    }

    const fn between_tokens(&self) -> bool {
        matches!(self.state, State::Value | State::ValueOrEnd | State::Key | State::KeyOrEnd | State::Colon | State::AfterMember)
    }

    /// Steps over a byte that is neither white space nor inside a string.
    fn token(&mut self, byte: u8) -> Result<(), &'static str> {
        self.state = match (self.state, byte) {
            (State::ValueOrEnd, b']') => self.close(0)?,
            (State::KeyOrEnd, b'}') => self.close(OBJECT)?,
            (State::Value | State::ValueOrEnd, _) => self.start_value(byte)?,
            (State::Key | State::KeyOrEnd, b'"') => State::Text { key: true },
            (State::Key, _) => return Err("expected a key in double quotes"),
            (State::KeyOrEnd, _) => return Err("expected a key in double quotes or `}`"),
            (State::Colon, b':') => State::Value,
            (State::Colon, _) => return Err("expected `:`"),
            (State::AfterMember, b',') if self.in_object() => State::Key,
            (State::AfterMember, b',') => State::Value,
            (State::AfterMember, b'}') if self.in_object() => self.close(OBJECT)?,
            (State::AfterMember, b']') if !self.in_object() => self.close(0)?,
            (State::AfterMember, _) if self.in_object() => return Err("expected `,` or `}`"),
            (State::AfterMember, _) => return Err("expected `,` or `]`"),
            (State::Escape { key }, b'u') => State::Hex { key, left: 4 },
            (State::Escape { key }, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => State::Text { key },
            (State::Escape { .. }, _) => return Err("unknown escape in a string"),
            (State::Hex { key, left: 1 }, b) if b.is_ascii_hexdigit() => State::Text { key },
            (State::Hex { key, left }, b) if b.is_ascii_hexdigit() => State::Hex { key, left: left - 1 },
            (State::Hex { .. }, _) => return Err("expected four hexadecimal digits after `\\u`"),
            (State::Literal([last]), b) if *last == b => State::AfterMember,
            (State::Literal([next, rest @ ..]), b) if *next == b => State::Literal(rest),
            (State::Literal(_), _) => return Err("expected `true`, `false` or `null`"),
            (State::Minus, b'0') => State::Zero,
            (State::Minus | State::Integer, b'0'..=b'9') => State::Integer,
            (State::Zero | State::Integer, b'.') => State::Point,
            (State::Point | State::Fraction, b'0'..=b'9') => State::Fraction,
            (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => State::Exponent,
            (State::Exponent, b'+' | b'-') => State::ExponentSign,
            (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => State::ExponentDigits,
            _ => return Err("invalid number"),
        };
        Ok(())
    }

    fn start_value(&mut self, byte: u8) -> Result<State, &'static str> {
        Ok(match byte {
            b'{' => self.open(OBJECT, State::KeyOrEnd)?,
            b'[' => self.open(0, State::ValueOrEnd)?,
            b'"' => State::Text { key: false },
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Integer,
            _ => return Err("expected a JSON value"),
        })
    }

    fn open(&mut self, kind: u8, next: State) -> Result<State, &'static str> {
        let depth = self.open.len();
        if depth >= MAX_DEPTH {
            return Err("nested too deep");
        }
        let starts_line = kind == OBJECT && depth > 0 && self.place.offset == self.place.line_start;
        if starts_line {
            self.open_lines.push(OpenLine { offset: self.place.offset, depth });
        }
        self.open.push(if starts_line { kind | AT_LINE_START } else { kind });
        Ok(next)
    }

    fn close(&mut self, kind: u8) -> Result<State, &'static str> {
        match self.open.pop() {
            Some(open) if open & OBJECT == kind => {
                if open & AT_LINE_START != 0 {
                    self.open_lines.pop();
                }
                Ok(State::AfterMember)
            }
            _ => Err("unbalanced bracket"),
        }
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open & OBJECT != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    /// Whether `bytes` are one JSON value and nothing else, read in chunks of `size`.
    fn accepts(bytes: &[u8], size: usize) -> bool {
        let mut scanner = Scanner::new();
        let mut used = 0;
        for chunk in bytes.chunks(size) {
            let (n, step) = scanner.scan(chunk);
            used += n;
            match step {
                Step::More => {}
                Step::End => return bytes.iter().skip(used).all(u8::is_ascii_whitespace),
                Step::Fault(_) => return false,
            }
        }
        scanner.finish()
    }

    fn serde_accepts(bytes: &[u8]) -> bool {
        serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde(text in r#"(\{|\}|\[|\]|,|:|"|\\|u|00aF|-|0|12|\.|e|\+|true|false|null| |\n|a|"k":|"v"){0,12}"#, size in 1_usize..4) {
            prop_assert_eq!(accepts(text.as_bytes(), size), serde_accepts(text.as_bytes()), "{}", text);
        }

        #[test]
        fn arbitrary_bytes_are_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), size in 1_usize..9) {
            accepts(&bytes, size);
        }
    }

    #[test]
    fn numbers_and_words_follow_the_grammar() {
        for good in ["0", "-0", "10", "1.5", "1e5", "1E+05", "-0.1e-1", "true", "false", "null", "[]", "{}", "[1,2]", r#"{"a":{"b":[]}}"#] {
            assert!(accepts(good.as_bytes(), 1), "{good}");
        }
        for bad in [
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "tru",
            "nul1",
            "[1,]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            "[}",
            "{]",
            "]",
            r#""\x""#,
            "\"\t\"",
        ] {
            assert!(!accepts(bad.as_bytes(), 1), "{bad}");
            assert!(!serde_accepts(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_million_levels_cost_a_byte_each_and_no_stack() {
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(accepts(deep.as_bytes(), 4096));
        assert!(!accepts("[".repeat(MAX_DEPTH + 1).as_bytes(), 4096));
    }
}
