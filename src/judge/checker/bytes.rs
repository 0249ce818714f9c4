//! `exact`: the same bytes. `lines`: the same but for white space at the ends of lines and empty lines at the end.
//!
//! `lines` needs no memory of pending white space. Where output and answer part, the lines are the same exactly if
//! both go on with nothing but white space to the line's end: if either had ink, its first byte from here on would
//! be a byte the other doesn't have there.
use super::answer::Answer;
use super::place::{Passed, Place, Unit, common_prefix, is_space};
use super::report::{AFTER, Difference, Kind, Shown, Until};
use std::io;

/// The comparer of `exact` and `lines`.
pub(super) struct Bytes {
    answer: Answer,
    loose: bool,
    place: Place,
    /// Of this line, up to where output and answer parted.
    passed: Passed,
    state: State,
}

enum State {
    /// Equal so far.
    Same,
    /// They parted; the answer's line had only white space left, the output's must too.
    Tail(Box<Tail>),
    /// Nothing but white space may follow.
    AnswerEnded,
    Differs(Box<Difference>),
}

/// The line from where output and answer parted.
struct Tail {
    expected: Shown,
    found: Shown,
    answer_ended: bool,
}

/// The first byte that is no white space, or ends the line.
fn ink_or_newline(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| !is_space(*b) || *b == b'\n')
}

impl Bytes {
    pub(super) fn exact(answer: Answer) -> Self {
        Self { answer, loose: false, place: Place::default(), passed: Passed::default(), state: State::Same }
    }

    pub(super) fn lines(answer: Answer) -> Self {
        Self { loose: true, ..Self::exact(answer) }
    }

    pub(super) fn feed(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            let n = match &mut self.state {
                State::Same => {
                    let n = common_prefix(chunk, self.answer.fill()?);
                    if n > 0 {
                        self.advance(&chunk[..n]);
                        self.answer.consume(n);
                        n
                    } else {
                        self.part(chunk)?
                    }
                }
                State::Tail(tail) => {
                    let at = ink_or_newline(chunk);
                    let n = at.unwrap_or(chunk.len());
                    tail.found.extend(&chunk[..n]);
                    self.place.advance_lines(&chunk[..n]);
                    match at.map(|i| chunk[i]) {
                        None => {}
                        Some(b'\n') if tail.answer_ended => self.state = State::AnswerEnded,
                        Some(b'\n') => {
                            // What is equal after a newline is told by comparing on: the answer stands at its own newline.
                            self.state = State::Same;
                        }
                        Some(_) => {
                            let (expected, found) = (std::mem::take(&mut tail.expected), std::mem::take(&mut tail.found));
                            let extra = tail.answer_ended && self.passed.len == 0;
                            self.differ(if extra { Kind::Extra } else { Kind::Differs }, expected, found);
                        }
                    }
                    n
                }
                State::AnswerEnded => {
                    let ink = chunk.iter().position(|b| !is_space(*b));
                    let n = ink.unwrap_or(chunk.len());
                    self.advance(&chunk[..n]);
                    if ink.is_some() {
                        let found = Shown::after(&self.passed);
                        self.differ(Kind::Extra, Shown::end(), found);
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

    fn advance(&mut self, bytes: &[u8]) {
        self.place.advance_lines(bytes);
        self.passed.advance(bytes, Unit::Line.last_start(bytes));
    }

    /// The answer's next byte is another, or there is none. Returns how much of the chunk is passed.
    fn part(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let answer = self.answer.fill()?;
        let ended = answer.is_empty();
        // Every line of a CRLF output comes by here: both ends at hand need no notes of what to show.
        if self.loose
            && let (Some(i), Some(j)) = (ink_or_newline(chunk), ink_or_newline(answer))
            && (chunk[i], answer[j]) == (b'\n', b'\n')
        {
            self.place.advance_lines(&chunk[..i]);
            self.answer.consume(j);
            return Ok(i);
        }
        let expected = self.expected(&self.passed.clone())?;
        let found = Shown::after(&self.passed);
        if !self.loose {
            self.differ(if ended { Kind::Extra } else { Kind::Differs }, expected, found);
            return Ok(0);
        }
        loop {
            let answer = self.answer.fill()?;
            let at = ink_or_newline(answer);
            let n = at.unwrap_or(answer.len());
            let stop = at.map(|i| answer[i]);
            if stop.is_none() && n > 0 {
                self.answer.consume(n);
                continue;
            }
            self.answer.consume(n);
            match stop {
                None | Some(b'\n') => self.state = State::Tail(Box::new(Tail { expected, found, answer_ended: stop.is_none() })),
                Some(_) => self.differ(Kind::Differs, expected, found),
            }
            return Ok(0);
        }
    }

    /// What the answer has here, `passed` of its line being passed.
    fn expected(&mut self, passed: &Passed) -> io::Result<Shown> {
        let mut shown = Shown::after(passed);
        let next = self.answer.peek(AFTER + 1)?;
        if next.is_empty() {
            return Ok(if self.loose && passed.len > 0 { shown } else { shown.ended() });
        }
        let newline = next.iter().position(|b| *b == b'\n');
        let end = newline.map_or(next.len(), |i| if self.loose { i } else { i + 1 });
        shown.extend(&next[..end]);
        Ok(shown)
    }

    fn differ(&mut self, kind: Kind, expected: Shown, found: Shown) {
        let until = match (kind, self.loose) {
            (Kind::EndsEarly, _) => Until::Seen,
            (_, true) => Until::End(Unit::Line),
            (_, false) => Until::Newline,
        };
        let place = self.place.clone();
        self.state = State::Differs(Box::new(Difference { kind, place, token: None, expected, found, until, hint: None }));
    }

    pub(super) fn finish(mut self) -> io::Result<Option<Difference>> {
        let found = match std::mem::replace(&mut self.state, State::AnswerEnded) {
            State::AnswerEnded => return Ok(None),
            State::Differs(difference) => return Ok(Some(*difference)),
            State::Tail(tail) => tail.found,
            State::Same => Shown::after(&self.passed),
        };
        let found = if self.loose && self.place.in_line { found } else { found.ended() };
        let mut passed = self.passed.clone();
        if self.loose {
            loop {
                let rest = self.answer.fill()?;
                let ink = rest.iter().position(|b| !is_space(*b));
                let n = ink.unwrap_or(rest.len());
                passed.advance(&rest[..n], Unit::Line.last_start(&rest[..n]));
                self.answer.consume(n);
                if ink.is_some() || n == 0 {
                    break;
                }
            }
        }
        if self.answer.fill()?.is_empty() {
            return Ok(None);
        }
        let expected = self.expected(&passed)?;
        self.differ(Kind::EndsEarly, expected, found);
        match self.state {
            State::Differs(difference) => Ok(Some(*difference)),
            _ => Ok(None),
        }
    }
}
