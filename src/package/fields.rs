//! A YAML map read key by key: what has the wrong type, and what nobody asked for, becomes a problem with its line.
use super::problem::{Place, Problems};
use super::yaml::{Key, Node, Value, parse};
use std::cell::RefCell;
use std::path::Path;

/// What to do about keys that the format doesn't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Error,
    /// Packages in the wild have many of them.
    Warning,
}

/// A map being read. Keys that were not asked for are told by [`Fields::finish`].
pub(super) struct Fields<'a> {
    pub file: &'a Path,
    pub problems: &'a Problems,
    /// What the map is: `limits`, or empty at the top.
    at: String,
    unknown: Unknown,
    pairs: RefCell<Vec<(Key, Node)>>,
}

impl<'a> Fields<'a> {
    /// The map in a YAML file; an empty file is an empty map.
    pub(super) fn parse(file: &'a Path, text: &str, unknown: Unknown, problems: &'a Problems) -> Option<Self> {
        match parse(text) {
            Err(fault) => {
                problems.error(Place::line(file, fault.line), fault.message);
                None
            }
            Ok(None) => Some(Self { file, problems, at: String::new(), unknown, pairs: RefCell::default() }),
            Ok(Some(node)) => Self::new(file, String::new(), &node, unknown, problems),
        }
    }

    fn new(file: &'a Path, at: String, node: &Node, unknown: Unknown, problems: &'a Problems) -> Option<Self> {
        match &node.value {
            Value::Map(pairs) => Some(Self { file, problems, at, unknown, pairs: RefCell::new(pairs.clone()) }),
            _ if node.is_null() => Some(Self { file, problems, at, unknown, pairs: RefCell::default() }),
            _ => {
                let what = if at.is_empty() { "the file".to_owned() } else { format!("`{at}`") };
                problems.error(Place::line(file, node.line), format!("{what} must be a map, but is {}", node.kind()));
                None
            }
        }
    }

    pub(super) fn name(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    pub(super) fn place(&self, node: &Node) -> Place<'a> {
        Place::line(self.file, node.line)
    }

    pub(super) fn error(&self, node: &Node, message: impl Into<String>) {
        self.problems.error(self.place(node), message);
    }

    /// Whether a key is there; it counts as asked for only by the readers below.
    pub(super) fn has(&self, key: &str) -> bool {
        self.pairs.borrow().iter().any(|(k, n)| k.text == key && !n.is_null())
    }

    /// The value of a key, left where it is.
    pub(super) fn peek(&self, key: &str) -> Option<Node> {
        self.pairs.borrow().iter().find(|(k, n)| k.text == key && !n.is_null()).map(|(_, n)| n.clone())
    }

    /// The value of a key, whatever it is; one without a value is as good as not there.
    pub(super) fn node(&self, key: &str) -> Option<Node> {
        let mut pairs = self.pairs.borrow_mut();
        let at = pairs.iter().position(|(k, _)| k.text == key)?;
        Some(pairs.remove(at).1).filter(|node| !node.is_null())
    }

    /// Every pair left.
    pub(super) fn rest(&self) -> Vec<(Key, Node)> {
        std::mem::take(&mut self.pairs.borrow_mut())
    }

    pub(super) fn map(&self, key: &str) -> Option<Self> {
        let node = self.node(key)?;
        Self::new(self.file, self.name(key), &node, self.unknown, self.problems)
    }

    /// A map that is the value of something else than a plain key.
    pub(super) fn inner(&self, name: String, node: &Node) -> Option<Self> {
        Self::new(self.file, name, node, self.unknown, self.problems)
    }

    fn wrong(&self, key: &str, node: &Node, wanted: &str) {
        let got = match &node.value {
            Value::Scalar { text, .. } => format!("{text:?}"),
            _ => node.kind().to_owned(),
        };
        self.error(node, format!("`{}` must be {wanted}, not {got}", self.name(key)));
    }

    fn scalar<T>(&self, key: &str, wanted: &str, read: impl Fn(&str, bool) -> Option<T>) -> Option<(T, Node)> {
        let node = self.node(key)?;
        let value = match &node.value {
            Value::Scalar { text, quoted } => read(text, *quoted),
            _ => None,
        };
        if value.is_none() {
            self.wrong(key, &node, wanted);
        }
        value.map(|v| (v, node))
    }

    pub(super) fn text(&self, key: &str) -> Option<(String, Node)> {
        self.scalar(key, "a text", |text, _| Some(text.to_owned()))
    }

    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        let read = |text: &str, quoted| match text {
            _ if quoted => None,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "on" => Some(true),
            "false" | "False" | "FALSE" | "no" | "No" | "off" => Some(false),
            _ => None,
        };
        Some(self.scalar(key, "true or false", read)?.0)
    }

    pub(super) fn number(&self, key: &str, wanted: &str, good: impl Fn(f64) -> bool) -> Option<(f64, Node)> {
        self.scalar(key, wanted, |text, _| text.parse::<f64>().ok().filter(|n| n.is_finite() && good(*n)))
    }

    pub(super) fn whole(&self, key: &str, wanted: &str, good: impl Fn(u64) -> bool) -> Option<(u64, Node)> {
        self.scalar(key, wanted, |text, _| text.parse::<u64>().ok().filter(|n| good(*n)))
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&self, key: &str) -> Option<(Vec<String>, Node)> {
        let node = self.node(key)?;
        let one = |node: &Node| match &node.value {
            Value::Scalar { text, .. } if !node.is_null() => Some(text.clone()),
            _ => None,
        };
        let texts = match &node.value {
            Value::List(items) => items.iter().map(one).collect::<Option<Vec<_>>>(),
            _ => one(&node).map(|t| vec![t]),
        };
        if texts.is_none() {
            self.wrong(key, &node, "a list of texts");
        }
        texts.map(|t| (t, node))
    }

    /// Keys that are known, but say nothing about judging.
    pub(super) fn ignore(&self, keys: &[&str]) {
        self.pairs.borrow_mut().retain(|(k, _)| !keys.contains(&k.text.as_str()));
    }

    /// Tells of every key that nobody asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.pairs.borrow().iter() {
            let message = format!("there is no key `{}` in this format", self.name(&key.text));
            let place = Place::line(self.file, key.line);
            match self.unknown {
                Unknown::Error => self.problems.error(place, message + "; correct or remove it"),
                Unknown::Warning => self.problems.warning(place, message + "; it is ignored"),
            }
        }
    }
}
