//! The built-in checkers: a program's output against the expected answer, as a stream.
//!
//! Output is pushed in as it comes ([`Comparer::feed`]), the answer is pulled from a reader. `bytes` has `exact` and
//! `lines`, `tokens` has `tokens` and `float`; `answer` is the buffered answer, `place` knows where in the output we
//! are, `number` what a number is, `report` says what differs.
//!
//! White space is the six ASCII bytes (space, `\t`, `\n`, `\v`, `\f`, `\r`); all else, NUL too, is an ordinary byte.
//!
//! Invariants: memory does not grow with the output, the answer or a token; how the output is cut into chunks changes
//! nothing; no message for the contestant holds a byte of the answer. The built-in checkers never say PE.

mod answer;
mod bytes;
mod number;
mod place;
mod report;
#[cfg(test)]
mod tests;
mod tokens;

use super::scoring::Credit;
use crate::model::{Checker, CheckerKind, Verdict};
use answer::Answer;
use std::io::{self, Read};

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// AC or WA; OK where there was nothing to compare. (Custom checkers may say PE, PC or IE.)
    pub verdict: Verdict,
    /// For the contestant: where it differs, never what was expected.
    pub message: String,
    /// For the staff: the first difference.
    pub judge_message: String,
    /// What a custom checker gives for AC or PC, where it says so.
    pub credit: Option<Credit>,
}

impl Comparison {
    /// One that says nothing else.
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, message: String::new(), judge_message: String::new(), credit: None }
    }
}

/// Compares one output with one answer.
pub struct Comparer {
    engine: Engine,
    /// Reading the answer failed: nothing said afterwards would be true.
    failed: bool,
}

enum Engine {
    /// `none`, or no answer.
    Nothing,
    /// A call that can't be served; kept as a value so that it ends in an error, never in a verdict.
    Unusable(&'static str),
    Bytes(Box<bytes::Bytes>),
    Tokens(Box<tokens::Tokens>),
}

impl Comparer {
    /// A comparer of `checker`'s kind; without an answer there is nothing to compare, as with `none`. For `program`, which
    /// is no built-in checker, [`Self::finish`] is an error.
    pub fn new(checker: &Checker, answer: Option<Box<dyn Read + Send>>) -> Self {
        let engine = match (checker.kind, answer.map(Answer::new)) {
            (CheckerKind::Program, _) => Engine::Unusable("a program checker is not built in"),
            (CheckerKind::None, _) | (_, None) => Engine::Nothing,
            (CheckerKind::Exact, Some(answer)) => Engine::Bytes(Box::new(bytes::Bytes::exact(answer))),
            (CheckerKind::Lines, Some(answer)) => Engine::Bytes(Box::new(bytes::Bytes::lines(answer))),
            (CheckerKind::Tokens | CheckerKind::Float, Some(answer)) => Engine::Tokens(Box::new(tokens::Tokens::new(checker, answer))),
        };
        Self { engine, failed: false }
    }

    /// Takes the next bytes of the output. Returns at once when a difference is already known.
    ///
    /// # Errors
    /// The answer could not be read.
    pub fn feed(&mut self, chunk: &[u8]) -> io::Result<()> {
        let fed = match &mut self.engine {
            Engine::Nothing | Engine::Unusable(_) => Ok(()),
            Engine::Bytes(engine) => engine.feed(chunk),
            Engine::Tokens(engine) => engine.feed(chunk),
        };
        self.failed |= fed.is_err();
        fed
    }

    /// The output has ended.
    ///
    /// # Errors
    /// The answer could not be read, now or in an earlier [`Self::feed`].
    pub fn finish(self) -> io::Result<Comparison> {
        if self.failed {
            return Err(io::Error::other("the answer could not be read"));
        }
        let difference = match self.engine {
            Engine::Nothing => {
                return Ok(Comparison::new(Verdict::Ok));
            }
            Engine::Unusable(why) => return Err(io::Error::new(io::ErrorKind::InvalidInput, why)),
            Engine::Bytes(engine) => engine.finish()?,
            Engine::Tokens(engine) => engine.finish()?,
        };
        Ok(match difference {
            None => Comparison::new(Verdict::Ac),
            Some(d) => Comparison { message: d.message(), judge_message: d.judge_message(), ..Comparison::new(Verdict::Wa) },
        })
    }
}
