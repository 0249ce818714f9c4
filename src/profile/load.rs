//! The built-in profiles, and the user's over them.
use super::error::ProfileError;
use super::file::{LanguageFile, PolicyFile};
use super::language::Language;
use super::names::Names;
use super::places;
use super::policy::{Entries, Policy};
use crate::sandbox::LimitMode;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

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
    content: String,
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
        // Beside them, in `hosts/`, lies what is for an administrator to install.
        let profiles = BUILT_IN.dirs().flat_map(Dir::files).filter(|f| f.path().extension().is_some_and(|e| e == "toml"));
        for file in profiles {
            let kind = if file.path().starts_with("policies") { Kind::Policy } else { Kind::Language };
            let text = file.contents_utf8().unwrap_or_default().to_owned();
            files.add(&Path::new("profiles").join(file.path()), text, Some(kind))?;
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
            self.add(&path, text, kind)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, text: String, kind: Option<Kind>) -> Result<(), ProfileError> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = Text { file: path.display().to_string(), stem, content: text };
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
    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, ProfileError> {
        toml::from_str(&self.content).map_err(|e| ProfileError::Syntax { file: self.file.clone(), message: e.to_string() })
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
