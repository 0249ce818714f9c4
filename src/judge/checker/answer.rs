//! The expected answer, read as it is needed.
use std::io::{self, Read};

/// Large enough that reading costs little beside comparing.
const BLOCK: usize = 128 << 10;
/// Read first: most answers are small, and room for a whole block would cost more than all of their comparison.
const FIRST_BLOCK: usize = 4 << 10;

/// A buffered reader that can look ahead.
pub(super) struct Answer {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read took all the room there was: there is more where that came from.
    full: bool,
    ended: bool,
}

impl Answer {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, end: 0, full: false, ended: false }
    }

    /// What is at hand, at least one byte; empty at the end only.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        self.peek(1)
    }

    /// What is at hand, at least `n` bytes unless the answer ends before.
    pub(super) fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.end - self.start < n && !self.ended {
            self.read_block()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// What is at hand, at least up to the first byte that is `stop`, or `limit` bytes.
    pub(super) fn peek_until(&mut self, stop: impl Fn(u8) -> bool, limit: usize) -> io::Result<&[u8]> {
        let mut seen = 0;
        loop {
            let at_hand = &self.buffer[self.start..self.end];
            match at_hand[seen..].iter().position(|b| stop(*b)) {
                None if !self.ended && at_hand.len() < limit => {
                    seen = at_hand.len();
                    self.read_block()?;
                }
                found => {
                    let end = found.map_or(at_hand.len(), |i| seen + i).min(limit);
                    return Ok(&self.buffer[self.start..self.start + end]);
                }
            }
        }
    }

    /// Passes over `n` bytes that `fill` or `peek` showed.
    pub(super) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    fn read_block(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.is_empty() {
            self.buffer.resize(FIRST_BLOCK, 0);
        } else if self.full && self.buffer.len() < self.end + BLOCK {
            self.buffer.resize(self.end + BLOCK, 0);
        }
        let read = loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.full = self.end == self.buffer.len();
        self.ended = read == 0;
        Ok(())
    }
}
