//! What a batch came to: counts, and the exit status.
use super::stop::Reason;
use crate::model::{ErrorKind, Verdict};
use std::fmt;

/// Counts of the lines that were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    verdicts: Vec<(Verdict, u64)>,
    errors: Vec<(ErrorKind, u64)>,
    /// Reading the input failed, so not every request was seen.
    pub(super) input_failed: bool,
    pub(super) stopped: Option<Reason>,
}

impl Tally {
    pub(super) fn verdict(&mut self, verdict: Verdict) {
        count(&mut self.verdicts, verdict);
    }

    pub(super) fn error(&mut self, kind: ErrorKind) {
        count(&mut self.errors, kind);
    }

    /// How many requests got a line.
    pub fn answered(&self) -> u64 {
        self.verdicts.iter().map(|(_, n)| n).chain(self.errors.iter().map(|(_, n)| n)).sum()
    }

    /// How many requests got this verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.verdicts.iter().find(|(v, _)| *v == verdict).map_or(0, |(_, n)| *n)
    }

    /// How many requests got this kind of error.
    pub fn of_error(&self, kind: ErrorKind) -> u64 {
        self.errors.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n)
    }

    /// The exit status of `assize judge`. The first that holds:
    /// 128 + the signal that ended it; 1 when nobody reads the output any more; 2 when input or output failed;
    /// 3 when a response is `IE` or an error is `internal`; 1 when a request was not one that can be judged; 0.
    /// A request that the caller cancelled is answered, and no fault.
    pub fn exit_status(&self) -> u8 {
        match self.stopped {
            Some(Reason::Signal(n)) => return 128 + n,
            Some(Reason::OutputClosed) => return 1,
            Some(Reason::OutputFailed) => return 2,
            None => {}
        }
        if self.input_failed {
            2
        } else if self.of(Verdict::Ie) + self.of_error(ErrorKind::Internal) > 0 {
            3
        } else {
            u8::from(self.errors.iter().any(|(kind, _)| *kind != ErrorKind::Cancelled))
        }
    }
}

fn count<T: PartialEq>(counts: &mut Vec<(T, u64)>, what: T) {
    match counts.iter_mut().find(|(known, _)| *known == what) {
        Some((_, n)) => *n += 1,
        None => counts.push((what, 1)),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answered() {
            1 => f.write_str("1 request")?,
            n => write!(f, "{n} requests")?,
        }
        let mut lead = ": ";
        for (verdict, n) in &self.verdicts {
            write!(f, "{lead}{n} {verdict}")?;
            lead = ", ";
        }
        for (kind, n) in &self.errors {
            write!(f, "{lead}{n} {}", word(*kind))?;
            lead = ", ";
        }
        Ok(())
    }
}

/// As it stands in a response.
const fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidJson => "invalid_json",
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_fault_gives_the_exit_status() {
        let mut tally = Tally::default();
        assert_eq!(tally.exit_status(), 0);
        tally.verdict(Verdict::Wa);
        tally.error(ErrorKind::Cancelled);
        assert_eq!(tally.exit_status(), 0);
        tally.error(ErrorKind::InvalidJson);
        assert_eq!(tally.exit_status(), 1);
        tally.verdict(Verdict::Ie);
        tally.verdict(Verdict::Wa);
        assert_eq!(tally.exit_status(), 3);
        tally.input_failed = true;
        assert_eq!(tally.exit_status(), 2);
        tally.stopped = Some(Reason::Signal(2));
        assert_eq!(tally.exit_status(), 130);
        assert_eq!(tally.to_string(), "5 requests: 2 WA, 1 IE, 1 cancelled, 1 invalid_json");
    }
}
