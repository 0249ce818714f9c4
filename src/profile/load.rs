//! The built-in profiles, and the user's over them.
use super::error::ProfileError;
use super::file::{LanguageFile, PolicyFile};
use super::language::Language;
use super::names::Names;
use super::places;
use super::policy::{Entries, Policy};
use crate::sandbox::LimitMode;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of `profiles/`, as the build script has read it.
struct BuiltIn {
    path: &'static str,
    text: &'static str,
    json: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// Every language and policy. Immutable; toolchains and filters are looked for and made on first use.
#[derive(Debug)]
pub struct Profiles {
    languages: BTreeMap<String, Arc<Language>>,
    policies: BTreeMap<String, Arc<Policy>>,
}

/// Where a user's own profiles are read from unless told otherwise: `$XDG_CONFIG_HOME/assize/profiles`, if it is there.
pub fn user_directory() -> Option<PathBuf> {
    places::config().map(|c| c.join("profiles")).filter(|p| p.is_dir())
}

/// A file's place and text; the place is for people.
pub(super) struct Text {
    file: String,
    stem: String,
    content: Cow<'static, str>,
    /// The same, where it has been read before.
    json: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Language,
    Policy,
}

#[derive(Default)]
struct Files {
    only_policies: bool,
    languages: BTreeMap<String, (Text, LanguageFile)>,
    policies: BTreeMap<String, (Text, PolicyFile)>,
}

/// Policies, each with what it includes.
#[derive(Default)]
struct Made<'a> {
    names: Names,
    entries: BTreeMap<&'a str, Entries>,
}

impl Profiles {
    /// The built-in profiles, then those of `dirs`, in order: `languages/*.toml`, `policies/*.toml` and `*.toml` of either
    /// kind. A later one replaces an earlier of the same id. `mode` decides about calls that hold memory which only a
    /// cgroup can count.
    pub fn load(dirs: &[PathBuf], mode: LimitMode) -> Result<Self, ProfileError> {
        Self::read(dirs, mode, Files::default())
    }

    /// The policies alone, for who runs commands: a millisecond less.
    pub fn load_policies(dirs: &[PathBuf], mode: LimitMode) -> Result<Self, ProfileError> {
        Self::read(dirs, mode, Files { only_policies: true, ..Files::default() })
    }

    fn read(dirs: &[PathBuf], mode: LimitMode, mut files: Files) -> Result<Self, ProfileError> {
        for file in BUILT_IN {
            let path = Path::new(file.path);
            let kind = if path.starts_with("profiles/policies") { Kind::Policy } else { Kind::Language };
            files.add(Text::new(path, file.text.into(), Some(file.json)), Some(kind))?;
        }
        for dir in dirs {
            fs::read_dir(dir).map_err(|source| ProfileError::Read { path: dir.clone(), source })?;
            for (sub, kind) in [("policies", Some(Kind::Policy)), ("languages", Some(Kind::Language)), ("", None)] {
                files.add_directory(&dir.join(sub), kind)?;
            }
        }
        files.resolve(mode)
    }

    /// The built-in profiles, for tests of rooms that don't know the sandbox.
    #[cfg(test)]
    pub(crate) fn built_in() -> Self {
        Self::load(&[], LimitMode::Rlimit).unwrap()
    }

    /// A language by its id.
    pub fn language(&self, id: &str) -> Option<&Arc<Language>> {
        self.languages.get(id)
    }

    /// All languages, by id.
    pub fn languages(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.languages.values()
    }

    /// A policy by its id.
    pub fn policy(&self, id: &str) -> Option<&Arc<Policy>> {
        self.policies.get(id)
    }

    /// All policies, by id.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.values()
    }

    /// The language that a file of this name is taken for, by its extension.
    pub fn detect(&self, file_name: &str) -> Option<&Arc<Language>> {
        let (_, extension) = file_name.rsplit_once('.')?;
        self.languages().find(|l| l.detects(extension))
    }
}

impl Files {
    fn add_directory(&mut self, dir: &Path, kind: Option<Kind>) -> Result<(), ProfileError> {
        let Ok(entries) = fs::read_dir(dir) else {
            return Ok(());
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(|source| ProfileError::Read { path: path.clone(), source })?;
            self.add(Text::new(&path, text.into(), None), kind)?;
        }
        Ok(())
    }

    fn add(&mut self, text: Text, kind: Option<Kind>) -> Result<(), ProfileError> {
        // Only a language has a section `toolchain`.
        let guess = || if text.content.lines().any(|l| l.trim_start().starts_with("[toolchain]")) { Kind::Language } else { Kind::Policy };
        match kind.unwrap_or_else(guess) {
            Kind::Language if self.only_policies => {}
            Kind::Language => {
                let file: LanguageFile = text.parse()?;
                text.check_id(&file.id)?;
                self.languages.insert(file.id.clone(), (text, file));
            }
            Kind::Policy => {
                let file: PolicyFile = text.parse()?;
                text.check_id(&file.id)?;
                self.policies.insert(file.id.clone(), (text, file));
            }
        }
        Ok(())
    }

    fn resolve(self, mode: LimitMode) -> Result<Profiles, ProfileError> {
        let mut made = Made::default();
        for id in self.policies.keys() {
            self.entries(id, &mut Vec::new(), &mut made)?;
        }
        let names = Arc::new(made.names);
        let policies = made.entries.into_iter().map(|(id, all)| (id.to_owned(), Arc::new(Policy::new(id, all, &names, mode)))).collect();
        let mut languages = BTreeMap::new();
        for (id, (text, file)) in self.languages {
            languages.insert(id, Arc::new(Language::new(&text, file, &policies)?));
        }
        Ok(Profiles { languages, policies })
    }

    /// Makes a policy's entries with those it includes, unless they are among the `made` ones. `path` is how we came here.
    fn entries<'a>(&'a self, id: &'a str, path: &mut Vec<&'a str>, made: &mut Made<'a>) -> Result<(), ProfileError> {
        let Some((text, file)) = self.policies.get(id).filter(|_| !made.entries.contains_key(id)) else {
            return Ok(());
        };
        path.push(id);
        let names = &mut made.names;
        let (allow, counted, kill) = (names.set(&file.allow), names.set(&file.counted), names.set(&file.kill));
        let own = Entries { allow, counted, kill, rules: file.rule.clone() };
        let mut killed = file.kill.iter();
        if let Some(both) =
            killed.find(|c| names.has(&own.allow, c) || names.has(&own.counted, c) || own.rules.iter().any(|r| r.call == **c))
        {
            return Err(text.value("kill", both, format!("`{both}` is allowed in this file too")));
        }
        for (i, rule) in file.rule.iter().enumerate() {
            if rule.arg > 5 || rule.values.is_empty() == rule.mask.is_none() || rule.mask.is_some() != rule.eq.is_some() {
                return Err(text.value(
                    &format!("rule[{i}]"),
                    &rule.call,
                    "needs `arg` from 0 to 5, and either `in` or `mask` and `eq`".to_owned(),
                ));
            }
        }
        let mut all = own.clone();
        for include in &file.include {
            if path.contains(&include.as_str()) {
                return Err(text.value("include", include, format!("a cycle: {} → {include}", path.join(" → "))));
            }
            if !self.policies.contains_key(include) {
                return Err(text.value("include", include, format!("there is no policy `{include}`")));
            }
            self.entries(include, path, made)?;
            if let Some(included) = made.entries.get(include.as_str()) {
                all.include(included, &own, &made.names);
            }
        }
        path.pop();
        made.entries.insert(id, all);
        Ok(())
    }
}

impl Text {
    fn new(path: &Path, content: Cow<'static, str>, json: Option<&'static str>) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { file: path.display().to_string(), stem, content, json }
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, ProfileError> {
        let parsed = match self.json {
            Some(json) => serde_json::from_str(json).map_err(|e| e.to_string()),
            None => toml::from_str(&self.content).map_err(|e| e.to_string()),
        };
        parsed.map_err(|message| ProfileError::Syntax { file: self.file.clone(), message })
    }

    fn check_id(&self, id: &str) -> Result<(), ProfileError> {
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'));
        if id.is_empty() || !plain || id != self.stem {
            return Err(self.value("id", id, format!("must be the file's name, `{}`: letters, digits, `-`, `_`, `.`, `+`", self.stem)));
        }
        Ok(())
    }

    /// An error about a value; its line is found by its text.
    pub(super) fn value(&self, key: &str, value: &str, message: String) -> ProfileError {
        let line = self.content.lines().position(|l| !l.trim_start().starts_with('#') && l.contains(value)).map_or(1, |at| at + 1);
        ProfileError::Value { file: self.file.clone(), line, key: key.to_owned(), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;

    /// What the build script has made of a file, and what the file itself says.
    fn both<T: DeserializeOwned + Debug>(file: &BuiltIn) -> [String; 2] {
        let read = |json| format!("{:?}", Text::new(Path::new(file.path), file.text.into(), json).parse::<T>().unwrap());
        [read(Some(file.json)), read(None)]
    }

    #[test]
    fn built_in_profiles_are_what_their_files_say() {
        let (policies, languages): (Vec<_>, Vec<_>) = BUILT_IN.iter().partition(|f| f.path.starts_with("profiles/policies/"));
        assert!(policies.len() >= 8 && languages.len() >= 18, "{} and {}", policies.len(), languages.len());
        let all = policies.into_iter().map(both::<PolicyFile>).chain(languages.into_iter().map(both::<LanguageFile>));
        all.for_each(|[built_in, file]| assert_eq!(built_in, file));
    }
}
