//! "Constants" (2025-09): `{{name}}` in programs, included files and settings stands for a value of problem.yaml.
use super::Reader;
use crate::model::Content;
use crate::package::problem::Place;
use crate::package::tree::Entry;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Sources larger than this are data, in which nothing is replaced.
const MOST_SOURCE_BYTES: u64 = 4 << 20;

#[derive(Debug)]
pub(super) struct Constants {
    values: BTreeMap<String, String>,
}

impl Constants {
    pub(super) fn new(values: BTreeMap<String, String>) -> Self {
        Self { values }
    }

    /// The text with every constant in its place; `None` where there is none in it.
    pub(super) fn replace(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let (mut rest, mut replaced) = (text, false);
        while let Some(start) = rest.find("{{") {
            let after = &rest[start + 2..];
            let name = after.find("}}").map(|end| &after[..end]);
            if let Some((name, value)) = name.and_then(|name| Some((name, self.values.get(name)?))) {
                out += &rest[..start];
                out += value;
                rest = &after[name.len() + 2..];
                replaced = true;
            } else {
                out += &rest[..=start];
                rest = &rest[start + 1..];
            }
        }
        out += rest;
        replaced.then_some(out)
    }
}

impl Reader<'_> {
    /// A file of a program: by path, or where a constant stands in it, its text.
    pub(super) fn content(&self, name: &str, entry: &Entry) -> Content {
        if self.constants.values.is_empty() || fs::metadata(&entry.path).is_ok_and(|m| m.len() > MOST_SOURCE_BYTES) {
            return Content::Path(entry.path.clone());
        }
        let replaced = match fs::read(&entry.path) {
            Ok(bytes) => String::from_utf8(bytes).ok().and_then(|text| self.constants.replace(&text)),
            Err(e) => {
                self.problems.error(Place::file(Path::new(name)), format!("can't be read: {e}"));
                None
            }
        };
        replaced.map_or_else(|| Content::Path(entry.path.clone()), |text| Content::from(text.as_str()))
    }

    /// A text that describes something, with constants in their places.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.tree.text(name, self.problems)?;
        Some(self.constants.replace(&text).unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_replaced() {
        let constants = Constants::new([("n".to_owned(), "10".to_owned()), ("name".to_owned(), "{{n}}".to_owned())].into());
        for (text, wanted) in [
            ("int a[{{n}}];", Some("int a[10];")),
            ("{{n}}{{n}}", Some("1010")),
            ("{{name}}", Some("{{n}}")),
            ("{{{n}}}", Some("{10}")),
            ("{{x}} {{ n }} {{n}", None),
            ("", None),
        ] {
            assert_eq!(constants.replace(text).as_deref(), wanted, "{text}");
        }
    }
}
