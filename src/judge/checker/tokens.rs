//! `tokens`: the same tokens, whatever the white space between them. `float`: the same, numbers within a tolerance.
//!
//! As long as output and answer are equal byte for byte nothing is split into tokens. Where they part, the place is
//! either in a gap (white space is passed on either side until both have a token) or in a token (it differs, or is a
//! number that is looked at as a whole). An equal text is an equal number, so `float` may go the same fast way.
use super::answer::Answer;
use super::number::{self, Tolerance};
use super::place::{Passed, Place, Unit, common_prefix, common_prefix_any_case, is_space};
use super::report::{AFTER, Difference, Kind, Shown, Until};
use crate::model::{Checker, CheckerKind};
use std::io;

/// The comparer of `tokens` and `float`.
pub(super) struct Tokens {
    answer: Answer,
    any_case: bool,
    /// White space must be the same byte for byte.
    spaces: bool,
    /// `float` only.
    tolerance: Option<Tolerance>,
    place: Place,
    /// Of the output's token.
    out: Passed,
    /// Of the answer's token.
    ans: Passed,
    /// `float`: the output's token so far, up to one byte more than a number can have.
    token: Vec<u8>,
    /// `float`: the answer's token was looked at, and is no number.
    text: bool,
    state: State,
}

enum State {
    /// Equal so far.
    Same,
    /// The answer's token is a number (and passed); the output's is being read.
    Number {
        expected: f64,
        text: Vec<u8>,
    },
    Differs(Box<Difference>),
}

/// The white space that `bytes` start with.
fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| !is_space(*b)).unwrap_or(bytes.len())
}

impl Tokens {
    pub(super) fn new(checker: &Checker, answer: Answer) -> Self {
        Self {
            answer,
            any_case: !checker.case_sensitive,
            spaces: checker.space_change_sensitive,
            tolerance: (checker.kind == CheckerKind::Float).then(|| Tolerance::new(checker.absolute, checker.relative)),
            place: Place::default(),
            out: Passed::default(),
            ans: Passed::default(),
            token: Vec::new(),
            text: false,
            state: State::Same,
        }
    }

    pub(super) fn feed(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            let n = match &mut self.state {
                State::Same => {
                    let answer = self.answer.fill()?;
                    // A token that may be a number must stay the same text on both sides, so that its start is known.
                    let n = if self.any_case && (self.tolerance.is_none() || self.text) {
                        common_prefix_any_case(chunk, answer)
                    } else {
                        common_prefix(chunk, answer)
                    };
                    if n > 0 {
                        self.advance(&chunk[..n])?;
                        n
                    } else {
                        self.part(chunk)?
                    }
                }
                State::Number { .. } => {
                    let end = chunk.iter().position(|b| is_space(*b));
                    let n = end.unwrap_or(chunk.len());
                    self.keep(&chunk[..n]);
                    self.place.advance(&chunk[..n]);
                    if end.is_some() || self.token.len() > number::MAX_LEN {
                        self.settle();
                    }
                    n
                }
                State::Differs(difference) => {
                    difference.collect(chunk);
                    chunk.len()
                }
            };
            chunk = &chunk[n..];
        }
        Ok(())
    }

    /// Passes over what is the same on both sides (but for case).
    fn advance(&mut self, bytes: &[u8]) -> io::Result<()> {
        let start = Unit::Token.last_start(bytes);
        self.place.advance(bytes);
        self.out.advance(bytes, start);
        self.ans.advance(&self.answer.fill()?[..bytes.len()], start);
        self.answer.consume(bytes.len());
        if self.tolerance.is_some() {
            if start.is_some() {
                self.token.clear();
                self.text = false;
            }
            self.keep(&bytes[start.unwrap_or(0)..]);
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = (number::MAX_LEN + 1).saturating_sub(self.token.len());
        self.token.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The answer's next byte is another, or there is none. Returns how much of the chunk is passed.
    fn part(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let answer = self.answer.fill()?;
        let ans_ends = answer.first().is_none_or(|b| is_space(*b));
        let out_ends = is_space(chunk[0]);
        let in_gap = if self.place.in_token { out_ends && ans_ends } else { out_ends || ans_ends };
        if !in_gap {
            if self.look_for_number()? {
                return Ok(0);
            }
            let expected = self.expected_token()?;
            let found = Shown::after(&self.out);
            self.differ(Kind::Differs, expected, found, Until::End(Unit::Token), None);
            return Ok(0);
        }
        let ended = answer.is_empty();
        if self.spaces || (ended && !out_ends) {
            let kind = if ended { Kind::Extra } else { Kind::Differs };
            let hint = (self.spaces && (out_ends || !ended)).then(|| "the white space differs".to_owned());
            self.leave_token();
            let expected = self.expected_token()?;
            let mut found = Shown::default();
            let until = if out_ends { Until::Seen } else { Until::End(Unit::Token) };
            if out_ends {
                found.extend(&chunk[..1]);
            }
            self.differ(kind, expected, found, until, hint);
            return Ok(0);
        }
        let n = spaces(answer);
        self.answer.consume(n);
        self.leave_token();
        let n = spaces(chunk);
        self.place.advance(&chunk[..n]);
        Ok(n)
    }

    fn leave_token(&mut self) {
        self.out.advance(&[], Some(0));
        self.ans.advance(&[], Some(0));
        self.place.in_token = false;
        self.token.clear();
        self.text = false;
    }

    /// Whether the answer's token is a number; then it is passed, and the output's is to be read to its end.
    fn look_for_number(&mut self) -> io::Result<bool> {
        if self.tolerance.is_none() || self.text {
            return Ok(false);
        }
        let rest = self.answer.peek_until(is_space, (number::MAX_LEN + 1).saturating_sub(self.token.len()))?;
        let text = [&self.token, rest].concat();
        let n = rest.len();
        let Some(expected) = number::parse(&text) else {
            self.text = true;
            return Ok(self.any_case);
        };
        self.answer.consume(n);
        self.state = State::Number { expected, text };
        Ok(true)
    }

    /// The output's token has ended (or can't be a number any more): compares it with the answer's.
    fn settle(&mut self) {
        let State::Number { expected, text } = &self.state else { return };
        let Some(tolerance) = self.tolerance else { return };
        let hint = match number::parse(&self.token) {
            Some(found) if tolerance.accepts(*expected, found) => {
                self.state = State::Same;
                self.leave_token();
                return;
            }
            Some(found) => format!("off by {:e}; allowed: {}", (found - *expected).abs(), tolerance.describe()),
            None => "not a number".into(),
        };
        let expected = Shown::head(text);
        let found = Shown::head(&self.token);
        self.differ(Kind::Differs, expected, found, Until::Seen, Some(hint));
    }

    /// The answer's token here, or the one byte of white space.
    fn expected_token(&mut self) -> io::Result<Shown> {
        let next = self.answer.peek(AFTER + 1)?;
        if next.is_empty() && self.ans.len == 0 {
            return Ok(Shown::end());
        }
        let mut shown = Shown::after(&self.ans);
        let end = match next.iter().position(|b| is_space(*b)) {
            Some(0) if self.ans.len == 0 => 1,
            Some(i) => i,
            None => next.len(),
        };
        shown.extend(&next[..end]);
        Ok(shown)
    }

    fn differ(&mut self, kind: Kind, expected: Shown, found: Shown, until: Until, hint: Option<String>) {
        let place = self.place.clone();
        // Where white space counts, a difference in a gap belongs to no token.
        let token = (!self.spaces || hint.is_none()).then_some(place.tokens + u64::from(!place.in_token));
        self.state = State::Differs(Box::new(Difference { kind, place, token, expected, found, until, hint }));
    }

    pub(super) fn finish(mut self) -> io::Result<Option<Difference>> {
        self.end()?;
        Ok(match self.state {
            State::Differs(difference) => Some(*difference),
            State::Same | State::Number { .. } => None,
        })
    }

    /// The output has ended: so must the answer.
    fn end(&mut self) -> io::Result<()> {
        let next_is_ink = |answer: &[u8]| answer.first().is_some_and(|b| !is_space(*b));
        if matches!(self.state, State::Same) && self.place.in_token && next_is_ink(self.answer.fill()?) {
            self.look_for_number()?;
            if matches!(self.state, State::Same) {
                let expected = self.expected_token()?;
                let found = Shown::after(&self.out);
                self.differ(Kind::Differs, expected, found, Until::Seen, None);
            }
        }
        self.settle();
        if matches!(self.state, State::Differs(_)) {
            return Ok(());
        }
        self.leave_token();
        while !self.spaces {
            let n = spaces(self.answer.fill()?);
            self.answer.consume(n);
            if n == 0 {
                break;
            }
        }
        if !self.answer.fill()?.is_empty() {
            let expected = self.expected_token()?;
            let hint = self.spaces.then(|| "the white space differs".to_owned()).filter(|_| expected.is_space());
            self.differ(Kind::EndsEarly, expected, Shown::end(), Until::Seen, hint);
        }
        Ok(())
    }
}
