//! What was said in an interaction, in the `.interaction` format of problem packages: `>` before each line of the
//! submission's, `<` before the interactor's, `---` between passes.
//!
//! Invariant: memory does not grow past a few times what is asked for, whatever is said.

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Submission,
    Interactor,
}

/// The head of an interaction.
#[derive(Debug)]
pub(in crate::judge) struct Transcript {
    most: usize,
    text: Vec<u8>,
    /// Lines that have not ended yet, by speaker.
    open: [Vec<u8>; 2],
}

impl Transcript {
    /// Keeps so many bytes; none: it is not asked for.
    pub(in crate::judge) fn new(most: u64) -> Option<Self> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0)?;
        Some(Self { most, text: Vec::new(), open: Default::default() })
    }

    /// A line stands where it ends, so that it is whole though the other side spoke meanwhile.
    pub(super) fn hear(&mut self, speaker: Speaker, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.text.len() < self.most {
            let end = bytes.iter().position(|b| *b == b'\n');
            let (part, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            let line = &mut self.open[speaker as usize];
            // Of a line that is longer than all that is kept, the rest will never be seen.
            line.extend_from_slice(&part[..part.len().min(self.most.saturating_sub(line.len()))]);
            if end.is_some() {
                self.close(speaker);
            }
            bytes = rest;
        }
    }

    fn close(&mut self, speaker: Speaker) {
        let line = std::mem::take(&mut self.open[speaker as usize]);
        self.write(match speaker {
            Speaker::Submission => b">",
            Speaker::Interactor => b"<",
        });
        self.write(&line);
        if line.last() != Some(&b'\n') {
            self.write(b"\n");
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(&bytes[..bytes.len().min(self.most - self.text.len())]);
    }

    fn close_lines(&mut self) {
        for speaker in [Speaker::Submission, Speaker::Interactor] {
            if !self.open[speaker as usize].is_empty() {
                self.close(speaker);
            }
        }
    }

    /// Another pass follows.
    pub(in crate::judge) fn next_pass(&mut self) {
        self.close_lines();
        self.write(b"---\n");
    }

    /// All of it that is kept.
    pub(in crate::judge) fn finish(mut self) -> Vec<u8> {
        self.close_lines();
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Speaker::{Interactor as I, Submission as S};

    fn written(most: u64, said: &[(Speaker, &str)]) -> String {
        let mut transcript = Transcript::new(most).unwrap();
        for (speaker, text) in said {
            transcript.hear(*speaker, text.as_bytes());
        }
        String::from_utf8(transcript.finish()).unwrap()
    }

    #[test]
    fn lines_stand_in_the_order_they_end() {
        assert_eq!(written(100, &[(S, "1\n"), (I, "lower\n"), (S, "2\n3\n")]), ">1\n<lower\n>2\n>3\n");
        assert_eq!(written(100, &[(S, "1"), (I, "a\n"), (S, "2\n"), (I, "b")]), "<a\n>12\n<b\n");
        assert_eq!(written(100, &[(S, "\n\r\n")]), ">\n>\r\n");
        assert_eq!(written(100, &[]), "");
        let mut transcript = Transcript::new(100).unwrap();
        transcript.hear(S, b"x");
        transcript.next_pass();
        transcript.hear(I, b"y\n");
        assert_eq!(transcript.finish(), b">x\n---\n<y\n");
    }

    #[test]
    fn no_more_is_kept_than_asked_for() {
        assert!(Transcript::new(0).is_none());
        assert_eq!(written(5, &[(S, "123\n"), (I, "456\n")]), ">123\n");
        assert_eq!(written(6, &[(S, "123\n"), (I, "456\n")]), ">123\n<");
        assert_eq!(written(3, &[(S, "123456789\n")]), ">12");
        let mut transcript = Transcript::new(10).unwrap();
        for _ in 0..1000 {
            transcript.hear(S, &[b'x'; 1000]);
        }
        assert!(transcript.open[0].len() <= 10);
    }
}
