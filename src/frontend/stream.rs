//! Framing of the input: bytes in, one top-level JSON value after another out.
//!
//! The input is a stream of values, or one array whose elements are taken one at a time. A value is cut out by the
//! scanner, which sees every byte once and knows at once when the bytes can't be JSON.
//!
//! After such a fault reading resumes at the next line that starts with `{`, counted from the line in which the bad value
//! *started*: a truncated line swallows good ones behind it until the scanner can tell, and those must not be lost. Bytes
//! are therefore scanned again, and this stays linear because of one fact: raw line ends can't stand inside strings, so
//! every `{` at a line's start in the scanned part began a nested value. Either that value ended in there, and is taken
//! whole; or it was still open at the fault, and then it has the same fault, which is reported without another look.
use super::scanner::{MAX_DEPTH, Place, Scanner, Step};
use crate::model::{ErrorKind, ErrorReport};
use std::collections::BTreeMap;
use std::ops::Range;
use tokio::io::{AsyncRead, AsyncReadExt as _};

const CHUNK: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Deeper than this serde refuses to read, so nothing is lost by not looking there.
const USEFUL_DEPTH: usize = 128;

/// One top-level value, or what stands in the place of one.
#[derive(Debug)]
pub(super) enum Frame<'a> {
    /// An object.
    Value {
        /// Its bytes, braces included.
        bytes: &'a [u8],
        /// The line it starts in, from 1.
        line: u64,
        /// The column it starts at, in bytes from 1.
        column: u64,
    },
    /// No object: why, with its place.
    Fault(ErrorReport),
}

/// The values of one input.
#[derive(Debug)]
pub(super) struct Frames<R> {
    reader: R,
    framer: Framer,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    /// Reads from `reader`; no value may have more than `max` bytes.
    pub fn new(reader: R, max: usize) -> Self {
        Self { reader, framer: Framer::new(max) }
    }

    /// The next value; `None` at the end. Loses nothing when dropped half-way.
    pub async fn next(&mut self) -> std::io::Result<Option<Frame<'_>>> {
        let found = loop {
            if let Some(found) = self.framer.pull() {
                break found;
            }
            if self.framer.ended {
                return Ok(None);
            }
            let buffer = self.framer.make_room();
            // `take`, because a buffer that once held a large value would else be filled to the brim.
            if (&mut self.reader).take(CHUNK as u64).read_buf(buffer).await? == 0 {
                self.framer.ended = true;
            }
        };
        Ok(Some(match found {
            Found::Value { range, line, column } => Frame::Value { bytes: self.framer.buffer.get(range).unwrap_or_default(), line, column },
            Found::Fault(report) => Frame::Fault(report),
        }))
    }
}

#[derive(Debug)]
enum Found {
    Value { range: Range<usize>, line: u64, column: u64 },
    Fault(ErrorReport),
}

/// What one step of the framer came to.
enum Turn {
    /// More bytes are needed.
    Wait,
    /// The next step can be made.
    Go,
    Found(Found),
}

/// Where the framer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Before the first byte.
    Start,
    /// Between the values of a stream.
    Between { first: bool },
    /// Inside the array, before its first element.
    ElementOrEnd,
    /// Inside the array, behind a comma.
    Element,
    /// Inside the array, behind an element.
    CommaOrEnd,
    /// Inside a value.
    Value,
    /// Inside a value that was found too large: its bytes are let go.
    TooLarge,
    /// Looking for a line that starts with `{`; `at_line_start` once one has been reached.
    Resync { at_line_start: bool },
    /// Behind a fault inside the array: the rest was answered for.
    Dead,
}

/// The state machine: bytes are appended to `buffer`, values are pulled.
#[derive(Debug)]
struct Framer {
    max: usize,
    ended: bool,
    buffer: Vec<u8>,
    /// Where in `buffer` the value under way starts; what is before has been used up.
    head: usize,
    /// Where in `buffer` the next byte to look at is.
    at: usize,
    /// The place of `at`, while no value is under way.
    place: Place,
    /// The place of `head`, while a value is.
    start: Place,
    scanner: Scanner,
    in_array: bool,
    mode: Mode,
    /// Lines that are known to have the fault of the value before them, by the offset of their `{`.
    doomed: BTreeMap<u64, (Place, &'static str)>,
    fault: (Place, &'static str),
}

impl Framer {
    fn new(max: usize) -> Self {
        Self {
            max,
            ended: false,
            buffer: Vec::new(),
            head: 0,
            at: 0,
            place: Place::START,
            start: Place::START,
            scanner: Scanner::new(),
            in_array: false,
            mode: Mode::Start,
            doomed: BTreeMap::new(),
            fault: (Place::START, ""),
        }
    }

    /// The buffer, with what has been used up taken out of it.
    fn make_room(&mut self) -> &mut Vec<u8> {
        // Moving no more bytes than are dropped keeps the whole linear.
        if self.head >= self.buffer.len() - self.head {
            self.buffer.drain(..self.head);
            self.at -= self.head;
            self.head = 0;
            if self.buffer.len() < CHUNK && self.buffer.capacity() > 16 * CHUNK {
                self.buffer.shrink_to(4 * CHUNK);
            }
        }
        self.buffer.reserve(CHUNK);
        &mut self.buffer
    }

    /// The next thing in the buffer; `None`: more bytes are needed, or all is done if the input has ended.
    fn pull(&mut self) -> Option<Found> {
        loop {
            let turn = match self.mode {
                Mode::Start => self.skip_bom(),
                Mode::Between { first } => self.between(first),
                Mode::ElementOrEnd | Mode::Element | Mode::CommaOrEnd => self.in_array(),
                Mode::Value => self.value(),
                Mode::TooLarge => self.too_large(),
                Mode::Resync { at_line_start } => self.resync(at_line_start),
                Mode::Dead => {
                    (self.at, self.head) = (self.buffer.len(), self.buffer.len());
                    Turn::Wait
                }
            };
            match turn {
                Turn::Wait => return None,
                Turn::Go => {}
                Turn::Found(found) => return Some(found),
            }
        }
    }

    fn skip_bom(&mut self) -> Turn {
        let n = self.buffer.len().min(BOM.len());
        if n < BOM.len() && !self.ended && self.buffer.get(..n) == BOM.get(..n) {
            return Turn::Wait;
        }
        if self.buffer.starts_with(BOM) {
            self.place.advance(BOM.len());
            // The mark is no part of the line.
            self.place.line_start = self.place.offset;
            self.at = BOM.len();
        }
        self.mode = Mode::Between { first: true };
        Turn::Go
    }

    /// Goes to the next byte that isn't white space, and shows it.
    fn skip_white_space(&mut self) -> Option<u8> {
        while let Some(&byte) = self.buffer.get(self.at) {
            match byte {
                b'\n' => self.place.end_line(),
                b' ' | b'\t' | b'\r' => self.place.advance(1),
                _ => {
                    self.head = self.at;
                    return Some(byte);
                }
            }
            self.at += 1;
        }
        self.head = self.at;
        None
    }

    fn take_byte(&mut self) {
        self.place.advance(1);
        self.at += 1;
        self.head = self.at;
    }

    fn between(&mut self, first: bool) -> Turn {
        match self.skip_white_space() {
            None => return Turn::Wait,
            Some(b'[') if first => {
                self.take_byte();
                self.in_array = true;
                self.mode = Mode::ElementOrEnd;
            }
            Some(_) => self.begin(),
        }
        Turn::Go
    }

    fn in_array(&mut self) -> Turn {
        let Some(byte) = self.skip_white_space() else {
            if !self.ended {
                return Turn::Wait;
            }
            self.mode = Mode::Dead;
            return Turn::Found(array_fault(self.place, "the input ends inside the array"));
        };
        match (self.mode, byte) {
            (Mode::ElementOrEnd | Mode::CommaOrEnd, b']') => {
                self.take_byte();
                self.in_array = false;
                self.mode = Mode::Between { first: false };
            }
            (Mode::CommaOrEnd, b',') => {
                self.take_byte();
                self.mode = Mode::Element;
            }
            (Mode::CommaOrEnd, _) => {
                self.mode = Mode::Dead;
                return Turn::Found(array_fault(self.place, "expected `,` or `]`"));
            }
            _ => self.begin(),
        }
        Turn::Go
    }

    /// A value starts here.
    fn begin(&mut self) {
        self.head = self.at;
        self.start = self.place;
        self.scanner.begin(self.place);
        self.mode = Mode::Value;
    }

    /// The value is over: what comes is between values again.
    fn end(&mut self) {
        self.place = self.scanner.place();
        self.mode = if self.in_array { Mode::CommaOrEnd } else { Mode::Between { first: false } };
    }

    /// Scans no further than `end`, so that what is found does not depend on how the bytes came in.
    fn scan(&mut self, end: usize) -> Step {
        let end = end.min(self.buffer.len());
        let (used, step) = self.scanner.scan(self.buffer.get(self.at..end).unwrap_or_default());
        self.at += used;
        match step {
            Step::More if !self.ended || self.at < self.buffer.len() => Step::More,
            Step::More if self.scanner.finish() => Step::End,
            Step::More => Step::Fault("the input ends"),
            step => step,
        }
    }

    fn value(&mut self) -> Turn {
        let step = self.scan(self.head.saturating_add(self.max).saturating_add(1));
        let range = self.head..self.at;
        let line = self.start.line;
        if range.len() > self.max {
            match step {
                Step::More => self.mode = Mode::TooLarge,
                Step::End => self.end(),
                Step::Fault(_) => self.leave_too_large(),
            }
            let message = format!(
                "the value at line {line} column {} has more than {} bytes; see --max-request-bytes",
                self.start.column(),
                self.max
            );
            return Turn::Found(Found::Fault(ErrorReport { kind: ErrorKind::TooLarge, path: String::new(), message }));
        }
        match step {
            Step::More => Turn::Wait,
            Step::End => {
                self.end();
                let column = self.start.column();
                let first = self.buffer.get(range.start).copied().unwrap_or_default();
                if first == b'{' {
                    return Turn::Found(Found::Value { range, line, column });
                }
                let message = format!("expected a request (a JSON object), found {} at line {line} column {column}", kind_of(first));
                Turn::Found(Found::Fault(ErrorReport { kind: ErrorKind::InvalidRequest, path: String::new(), message }))
            }
            Step::Fault(what) => Turn::Found(self.fault(what)),
        }
    }

    /// The scanner met a fault: report it, and go back to find what can be saved.
    fn fault(&mut self, what: &'static str) -> Found {
        let place = self.scanner.place();
        if self.in_array {
            self.mode = Mode::Dead;
            return array_fault(place, what);
        }
        self.fault = (place, what);
        let depth = self.scanner.depth();
        // A fault of depth is the outer values' alone: what starts in the last levels may still be sound.
        let too_deep = |open: usize| depth < MAX_DEPTH || open + USEFUL_DEPTH < depth;
        // With those that an earlier fault further on has doomed: what was sound between them does not save them.
        self.doomed.extend(self.scanner.open_lines().iter().filter(|o| too_deep(o.depth)).map(|o| (o.offset, self.fault)));
        self.at = self.head;
        self.place = self.start;
        self.mode = Mode::Resync { at_line_start: false };
        self.report_fault()
    }

    /// What is known of the fault, for the value that starts at `start`.
    fn report_fault(&self) -> Found {
        let (place, what) = self.fault;
        let mut message = format!("{what} at line {} column {}", place.line, place.column());
        if place.line != self.start.line {
            message = format!("{message}, in the value that starts at line {}", self.start.line);
        }
        invalid_json(message)
    }

    fn too_large(&mut self) -> Turn {
        let step = self.scan(usize::MAX);
        self.head = self.at;
        match step {
            Step::More => return Turn::Wait,
            Step::End => self.end(),
            Step::Fault(what) if self.in_array => {
                self.mode = Mode::Dead;
                return Turn::Found(array_fault(self.scanner.place(), what));
            }
            Step::Fault(_) => self.leave_too_large(),
        }
        Turn::Go
    }

    /// A fault in a value that has been answered for already. A line's `{` that does not fit may well be the next request.
    fn leave_too_large(&mut self) {
        self.place = self.scanner.place();
        self.doomed.clear();
        let at_line_start = self.place.offset == self.place.line_start;
        self.mode = if self.in_array { Mode::Dead } else { Mode::Resync { at_line_start } };
    }

    fn resync(&mut self, at_line_start: bool) -> Turn {
        if at_line_start {
            let Some(&byte) = self.buffer.get(self.at) else { return Turn::Wait };
            if byte == b'{' {
                self.begin();
                while self.doomed.first_key_value().is_some_and(|(offset, _)| *offset < self.place.offset) {
                    self.doomed.pop_first();
                }
                if let Some(fault) = self.doomed.remove(&self.place.offset) {
                    self.fault = fault;
                    self.mode = Mode::Resync { at_line_start: false };
                    return Turn::Found(self.report_fault());
                }
                return Turn::Go;
            }
            self.mode = Mode::Resync { at_line_start: false };
        }
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        if let Some(n) = rest.iter().position(|b| *b == b'\n') {
            self.place.advance(n);
            self.place.end_line();
            self.at += n + 1;
            self.mode = Mode::Resync { at_line_start: true };
        } else {
            self.place.advance(rest.len());
            self.at = self.buffer.len();
        }
        self.head = self.at;
        if self.at < self.buffer.len() { Turn::Go } else { Turn::Wait }
    }
}

fn array_fault(place: Place, what: &str) -> Found {
    invalid_json(format!("{what} at line {} column {}; the rest of the array is not read", place.line, place.column()))
}

fn invalid_json(message: String) -> Found {
    Found::Fault(ErrorReport { kind: ErrorKind::InvalidJson, path: String::new(), message })
}

const fn kind_of(first: u8) -> &'static str {
    match first {
        b'[' => "an array",
        b'"' => "a string",
        b't' | b'f' => "a boolean",
        b'n' => "null",
        _ => "a number",
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
