//! YAML as a tree that knows its lines.
//!
//! Scalars stay text: `fields` says what a key's text must be. So `1.10` is the version it was written as, and `no` a
//! word where a word is wanted.
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

/// Deeper than any package needs; reading is recursive.
const MOST_DEPTH: usize = 32;

/// A value and the line it starts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `quoted`: it can't be a null, a number or a truth value.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// In the file's order; keys are unique.
    Map(Vec<(Key, Node)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub line: usize,
    pub text: String,
}

/// What is wrong with a text, and in which line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub message: String,
}

impl Node {
    /// Whether nothing is written, or `~`, or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Reads the one document of a file; `None`: it has none.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Fault> {
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    let root = loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd, _) => return Ok(None),
            (event, span) => break reader.node(event, span, 0)?,
        }
    };
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(Some(root)),
            (Event::DocumentStart(_), span) => return Err(fault(span, "a second document starts here; one file has one document")),
            _ => {}
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

fn fault(span: Span, message: impl Into<String>) -> Fault {
    Fault { line: span.start.line(), message: message.into() }
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        let not_yaml = |e: &ScanError| Fault { line: e.marker().line(), message: format!("not YAML: {}", e.info()) };
        self.parser.next_event().unwrap_or_else(|| Ok((Event::StreamEnd, Span::default()))).map_err(|e| not_yaml(&e))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Fault> {
        if depth > MOST_DEPTH {
            return Err(fault(span, format!("more than {MOST_DEPTH} levels deep")));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => Value::Scalar { text: text.into_owned(), quoted: style != ScalarStyle::Plain },
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            // An alias of aliases is how ten lines become gigabytes.
            Event::Alias(_) => return Err(fault(span, "aliases (`*name`) are not supported; write the value out")),
            Event::StreamEnd => return Err(fault(span, "not YAML: it ends too early")),
            _ => return Err(fault(span, "not YAML: a value is missing")),
        };
        Ok(Node { line: span.start.line(), value })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut pairs: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let text = match event {
                Event::MappingEnd => return Ok(Value::Map(pairs)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(fault(span, "a key must be a single value")),
            };
            let line = span.start.line();
            if let Some((first, _)) = pairs.iter().find(|(key, _)| key.text == text) {
                return Err(fault(span, format!("the key `{text}` is there twice, first in line {}", first.line)));
            }
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            // A value that isn't written has the place of what comes next.
            if value.is_null() {
                value.line = line;
            }
            pairs.push((Key { line, text }, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> Vec<(Key, Node)> {
        match parse(text).unwrap().unwrap().value {
            Value::Map(pairs) => pairs,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_and_values_know_their_lines() {
        let pairs = map("# first\nname: Two\n\nlimits:\n  memory: 64\n  output: 8\nlist:\n  - a\n  - 'b'\nempty:\nlast: ~\n");
        assert_eq!(
            pairs.iter().map(|(k, n)| (k.text.as_str(), k.line, n.kind())).collect::<Vec<_>>(),
            [
                ("name", 2, "a single value"),
                ("limits", 4, "a map"),
                ("list", 7, "a list"),
                ("empty", 10, "nothing"),
                ("last", 11, "nothing"),
            ]
        );
        let Value::Map(limits) = &pairs[1].1.value else { panic!("{pairs:?}") };
        assert_eq!((limits[1].0.line, limits[1].1.line), (6, 6));
        let Value::List(list) = &pairs[2].1.value else { panic!("{pairs:?}") };
        assert_eq!(list[1], Node { line: 9, value: Value::Scalar { text: "b".into(), quoted: true } });
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused_with_its_line() {
        let deep = "[".repeat(50);
        for (text, line, part) in [
            ("a: 1\nb: 2\na: 3\n", 3, "twice, first in line 1"),
            ("a: &x 1\nb: *x\n", 2, "aliases"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("a: [1, 2\nb: 3\n", 2, "not YAML"),
            ("a: 1\n\tb: 2\n", 1, "found a tab"),
            ("? [a]\n: 1\n", 1, "key"),
            (deep.as_str(), 1, "levels deep"),
        ] {
            let fault = parse(text).expect_err(text);
            assert!(fault.message.contains(part), "{text:?}: {fault:?}");
            assert_eq!(fault.line, line, "{text:?}: {fault:?}");
        }
        assert_eq!(parse("# nothing\n"), Ok(None));
    }
}
