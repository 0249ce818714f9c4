//! Files → a program in a language, or why not.
use super::problem::Problem;
use super::read::{Files, list};
use crate::model::BoxName;
use crate::profile::{Language, Profiles, Program};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the caller decides beforehand.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The language of all, whatever their files are called.
    pub language: Option<Arc<Language>>,
    /// Languages by ending, before the profiles' own.
    pub endings: BTreeMap<String, Arc<Language>>,
    /// Where there are several files: what to start, if it is there.
    pub entry_point: Option<String>,
}

impl Rules {
    /// The language a file's ending stands for.
    pub fn detect(&self, profiles: &Profiles, name: &str) -> Option<Arc<Language>> {
        // `.C` is C++; `.PY` is what it is on Windows.
        self.exactly(profiles, name).or_else(|| self.exactly(profiles, &with_small_ending(name)))
    }

    fn exactly(&self, profiles: &Profiles, name: &str) -> Option<Arc<Language>> {
        let (_, ending) = name.rsplit('/').next()?.rsplit_once('.')?;
        self.endings.get(ending).or_else(|| profiles.detect(name)).cloned()
    }
}

fn with_small_ending(name: &str) -> String {
    name.rsplit_once('.').map_or_else(|| name.to_owned(), |(stem, ending)| format!("{stem}.{}", ending.to_ascii_lowercase()))
}

/// A program that can be judged.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Its language.
    pub language: Arc<Language>,
    /// Its files.
    pub files: Files,
    /// What to start.
    pub entry_point: Option<String>,
    /// Whether it is one file, which the language names.
    pub single: bool,
    /// Of language, entry point, names and contents.
    pub hash: blake3::Hash,
}

/// Finds language and entry point.
pub fn program(mut files: Files, profiles: &Profiles, rules: &Rules) -> Result<Handed, Problem> {
    if rules.language.is_none() {
        files = with_known_endings(files, profiles, rules)?;
    }
    let language = match &rules.language {
        Some(language) => language.clone(),
        None => detect(&files, profiles, rules)?,
    };
    let single = files.len() == 1;
    let named: Vec<(&BoxName, &[u8])> = files.iter().map(|(n, b)| (n, b.as_ref())).collect();
    let layout = |entry_point: Option<&str>| {
        let program = match named[..] {
            [(_, bytes)] => Program { source: Some(bytes), entry_point, ..Program::default() },
            _ => Program { files: &named, entry_point, ..Program::default() },
        };
        language.layout(&program)
    };
    // A file that must be started, where it is one of several; a class is named without its ending.
    let asked = rules.entry_point.as_deref().filter(|e| {
        let class = |n: &BoxName| n.as_str().rsplit('/').next().and_then(|b| b.rsplit_once('.')).is_some_and(|(stem, _)| stem == *e);
        !single && files.keys().any(|n| n.as_str() == *e || language.reads_sources() && class(n))
    });
    layout(asked).map_err(|e| match e.path.as_str() {
        "entry_point" => Problem::EntryPoint(e.message),
        _ => Problem::Program(e.to_string()),
    })?;
    let entry_point = asked.map(ToOwned::to_owned);
    let hash = hash(&language, entry_point.as_deref(), &files);
    Ok(Handed { language, files, entry_point, single, hash })
}

/// `x.PY` → `x.py`: languages know their files by their endings.
fn with_known_endings(files: Files, profiles: &Profiles, rules: &Rules) -> Result<Files, Problem> {
    let mut out = Files::new();
    for (name, bytes) in files {
        let known = rules.exactly(profiles, name.as_str()).is_some() || rules.detect(profiles, name.as_str()).is_none();
        let name = if known { name } else { BoxName::new(&with_small_ending(name.as_str()))? };
        if out.insert(name.clone(), bytes).is_some() {
            return Err(Problem::Program(format!("`{name}` is there in capitals too; rename one of them")));
        }
    }
    Ok(out)
}

fn detect(files: &Files, profiles: &Profiles, rules: &Rules) -> Result<Arc<Language>, Problem> {
    let mut found: BTreeMap<String, (Arc<Language>, Vec<&BoxName>)> = BTreeMap::new();
    for name in files.keys() {
        if let Some(language) = rules.detect(profiles, name.as_str()) {
            found.entry(language.id().to_owned()).or_insert_with(|| (language, Vec::new())).1.push(name);
        }
    }
    if found.len() > 1 {
        let each = found.iter().map(|(id, (_, names))| format!("{id} ({})", list(names.iter().copied())));
        return Err(Problem::SeveralLanguages(each.collect::<Vec<_>>().join(", ")));
    }
    found.into_values().next().map(|(language, _)| language).ok_or_else(|| Problem::NoLanguage(list(files.keys())))
}

fn hash(language: &Language, entry_point: Option<&str>, files: &Files) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(language.id().as_bytes());
    part(entry_point.unwrap_or_default().as_bytes());
    for (name, bytes) in files {
        part(name.as_str().as_bytes());
        part(bytes);
    }
    hasher.finalize()
}
