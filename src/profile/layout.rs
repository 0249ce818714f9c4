//! A program's files under the names the language wants, its units and its entry.
use super::error::ProgramError;
use super::file::EntryRule;
use super::java::{Main, Source};
use crate::model::BoxName;
use std::collections::{BTreeMap, BTreeSet};

/// A program as a request gives it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Program<'a> {
    /// `source`'s bytes. May be empty unless [`Language::reads_sources`](super::Language::reads_sources).
    pub source: Option<&'a [u8]>,
    /// `files`: names and bytes, the bytes as above.
    pub files: &'a [(&'a BoxName, &'a [u8])],
    /// `entry_point`.
    pub entry_point: Option<&'a str>,
    /// `compile.args`.
    pub compile_args: &'a [String],
}

/// A program's files where they belong; checked, so that only the host can still be at fault.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// What is put into /box to compile and into /app to run.
    pub files: Vec<Placed>,
    pub(super) units: Vec<BoxName>,
    pub(super) entry: Option<BoxName>,
    pub(super) main: String,
    pub(super) compile_args: Vec<String>,
}

/// A file to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its name in /box and /app.
    pub name: BoxName,
    /// What it holds.
    pub from: Origin,
}

/// Which content of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `source`.
    Source,
    /// One of `files`.
    File(BoxName),
}

/// What of a profile decides.
pub(super) struct Rules<'a> {
    pub source: &'a BoxName,
    pub extensions: &'a [String],
    pub entry: EntryRule,
}

impl Rules<'_> {
    pub(super) fn layout(&self, program: &Program<'_>) -> Result<Layout, ProgramError> {
        let mut layout = Layout::default();
        let mut texts: BTreeMap<BoxName, &[u8]> = BTreeMap::new();
        if let Some(text) = program.source {
            let name = self.source_name(text)?;
            layout.files.push(Placed { name: name.clone(), from: Origin::Source });
            texts.insert(name, text);
        }
        for (name, text) in program.files {
            if texts.insert((*name).clone(), text).is_some() {
                return Err(ProgramError::new(format!("files.{name}"), "is the name of `source` too; give one of them"));
            }
            layout.files.push(Placed { name: (*name).clone(), from: Origin::File((*name).clone()) });
        }
        if texts.is_empty() {
            return Err(ProgramError::new("source", "the program has no file; give `source` or `files`"));
        }
        no_file_is_a_directory(&texts)?;
        layout.units = texts.keys().filter(|n| self.is_unit(n)).cloned().collect();
        let source = program.source.and(layout.files.first()).map(|p| p.name.clone());
        match self.entry {
            EntryRule::Java => layout.main = self.main_class(&layout, &texts, program.entry_point)?,
            EntryRule::Source => {
                let entry = self.entry(&layout.units, &texts, source, program.entry_point)?;
                // The others may be used by it, where order matters.
                if let Some(at) = layout.units.iter().position(|u| *u == entry) {
                    let last = layout.units.remove(at);
                    layout.units.push(last);
                }
                layout.entry = Some(entry);
            }
            EntryRule::None => named(&texts, program.entry_point).map(drop)?,
        }
        if layout.units.is_empty() && self.entry != EntryRule::Source {
            return Err(ProgramError::new("files", format!("no file ends in {}", self.endings())));
        }
        Ok(layout)
    }

    fn endings(&self) -> String {
        self.extensions.iter().map(|e| format!(".{e}")).collect::<Vec<_>>().join(", ")
    }

    fn is_unit(&self, name: &BoxName) -> bool {
        let extension = name.as_str().rsplit('/').next().and_then(|base| base.rsplit_once('.'));
        extension.is_some_and(|(_, e)| self.extensions.iter().any(|x| x == e))
    }

    fn source_name(&self, text: &[u8]) -> Result<BoxName, ProgramError> {
        if self.entry != EntryRule::Java {
            return Ok(self.source.clone());
        }
        let source = Source::read(text);
        source.file_type().map_or_else(
            || Ok(self.source.clone()),
            |name| {
                BoxName::new(&format!("{name}.java"))
                    .map_err(|e| ProgramError::new("source", format!("the class's name is no file name: {e}")))
            },
        )
    }

    fn entry(
        &self,
        units: &[BoxName],
        texts: &BTreeMap<BoxName, &[u8]>,
        source: Option<BoxName>,
        asked: Option<&str>,
    ) -> Result<BoxName, ProgramError> {
        if let Some(found) = named(texts, asked)?.or(source) {
            return Ok(found);
        }
        match units {
            _ if texts.contains_key(self.source) => Ok(self.source.clone()),
            [only] => Ok(only.clone()),
            _ if texts.len() == 1 => texts.keys().next().cloned().ok_or_else(|| ProgramError::new("files", "none")),
            [] => Err(ProgramError::new("entry_point", format!("no file is named {} or ends in {}", self.source, self.endings()))),
            many => Err(ProgramError::new("entry_point", format!("several files could be started ({}); name one", list(many.iter())))),
        }
    }

    /// The class to start. A program without any `main` is the contestant's fault: the JVM will say so.
    fn main_class(&self, layout: &Layout, texts: &BTreeMap<BoxName, &[u8]>, asked: Option<&str>) -> Result<String, ProgramError> {
        let sources: Vec<(&BoxName, Source)> = layout.units.iter().filter_map(|n| Some((n, Source::read(texts.get(n)?)))).collect();
        let all = || sources.iter().flat_map(|(_, s)| s.types.iter().map(move |t| (s, t)));
        if let Some(asked) = asked {
            return asked_class(asked, &sources);
        }
        let with = |main: Main| all().filter(|(_, t)| t.main == main).collect::<Vec<_>>();
        let mut found = with(Main::Static);
        if found.is_empty() {
            found = with(Main::Instance);
        }
        if found.len() > 1 {
            let preferred = |f: &dyn Fn(&super::java::Type) -> bool| found.iter().copied().filter(|(_, t)| f(t)).collect::<Vec<_>>();
            for narrower in [preferred(&|t| t.public), preferred(&|t| t.name == "Main")] {
                if narrower.len() == 1 {
                    found = narrower;
                    break;
                }
            }
        }
        if let [(source, only)] = found[..] {
            return Ok(source.qualified(&only.name));
        }
        if found.len() > 1 {
            let names: Vec<String> = found.iter().map(|(s, t)| s.qualified(&t.name)).collect();
            return Err(ProgramError::new("entry_point", format!("several classes have a main ({}); name one", names.join(", "))));
        }
        if let Some((name, source)) = sources.iter().find(|(_, s)| s.loose_main) {
            return Ok(source.qualified(stem(name)));
        }
        Ok(all().next().map_or_else(|| stem(self.source).to_owned(), |(s, t)| s.qualified(&t.name)))
    }
}

fn no_file_is_a_directory(texts: &BTreeMap<BoxName, &[u8]>) -> Result<(), ProgramError> {
    let names: BTreeSet<&str> = texts.keys().map(BoxName::as_str).collect();
    let bad = texts.keys().find_map(|n| n.parents().find(|p| names.contains(p)).map(|p| (n, p)));
    bad.map_or(Ok(()), |(n, p)| Err(ProgramError::new(format!("files.{n}"), format!("`{p}` is a file, so it can't hold another"))))
}

fn stem(name: &BoxName) -> &str {
    let base = name.as_str().rsplit('/').next().unwrap_or_default();
    base.strip_suffix(".java").unwrap_or(base)
}

fn list<'a>(names: impl Iterator<Item = &'a BoxName>) -> String {
    names.take(10).map(BoxName::as_str).collect::<Vec<_>>().join(", ")
}

/// The file that `entry_point` names.
fn named(texts: &BTreeMap<BoxName, &[u8]>, asked: Option<&str>) -> Result<Option<BoxName>, ProgramError> {
    let Some(asked) = asked else { return Ok(None) };
    let found = texts.get_key_value(asked).map(|(name, _)| Some(name.clone()));
    found.ok_or_else(|| ProgramError::new("entry_point", format!("the program has no file {asked:?}; it has {}", list(texts.keys()))))
}

/// `Main`, `a.b.Main`, `Outer$Inner`, `a/b/Main.java`: what people write for a class.
fn asked_class(asked: &str, sources: &[(&BoxName, Source)]) -> Result<String, ProgramError> {
    if let Some((name, source)) = sources.iter().find(|(n, _)| n.as_str() == asked) {
        return Ok(source.qualified(source.file_type().unwrap_or_else(|| stem(name))));
    }
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    if !asked.split('.').all(word) {
        return Err(ProgramError::new("entry_point", format!("{asked:?} is neither a class nor a file of the program")));
    }
    // A simple name of a class in a package.
    let outer = asked.split('$').next().unwrap_or(asked);
    let mut packages = sources.iter().filter(|(_, s)| s.types.iter().any(|t| t.name == outer));
    Ok(match (packages.next(), packages.next()) {
        (Some((_, source)), None) => source.qualified(asked),
        _ => asked.to_owned(),
    })
}
