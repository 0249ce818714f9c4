//! Who says whether an output is right: built-in checkers, programs of the request's own, interactors.
use super::request::{Compile, Fault, Files, check_args, check_files, invalid, no_nul, reserved_limits};
use super::strict::{read_from_objects_only, read_from_words_only};
use super::{Content, LimitsRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How output is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, remote = "Checker")]
pub struct Checker {
    /// Which checker.
    pub kind: CheckerKind,
    /// `float`: absolute tolerance. Default (if `relative` isn't given either): 1e-6.
    #[schemars(range(min = 0.0))]
    pub absolute: Option<f64>,
    /// `float`: relative tolerance. Default (if `absolute` isn't given either): 1e-6.
    #[schemars(range(min = 0.0))]
    pub relative: Option<f64>,
    /// `tokens`, `float`: whether `YES` and `yes` differ.
    pub case_sensitive: bool,
    /// `tokens`, `float`: whether the white space between tokens must be the same.
    pub space_change_sensitive: bool,
    /// `program`: how it is spoken to. Default: `icpc`.
    pub protocol: Option<Protocol>,
    /// `program`: its language.
    pub language: Option<String>,
    /// `program`: its source.
    pub source: Option<Content>,
    /// `program`: its files.
    pub files: Files,
    /// `program`: its entry point.
    pub entry_point: Option<String>,
    /// `program`: how it is compiled.
    pub compile: Compile,
    /// `program`: its arguments, for tests that give no `checker_args`.
    pub args: Vec<String>,
    /// `program`: its own limits. Files that it is given don't count.
    pub limits: LimitsRequest,
}

read_from_objects_only!(Checker, Interactor);

impl Default for Checker {
    fn default() -> Self {
        Self {
            kind: CheckerKind::Tokens,
            absolute: None,
            relative: None,
            case_sensitive: true,
            space_change_sensitive: false,
            protocol: None,
            language: None,
            source: None,
            files: Files::default(),
            entry_point: None,
            compile: Compile::default(),
            args: Vec::new(),
            limits: LimitsRequest::default(),
        }
    }
}

/// Which checker compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "CheckerKind")]
pub enum CheckerKind {
    /// The same tokens, whatever the white space between them.
    Tokens,
    /// The same bytes.
    Exact,
    /// The same lines, white space at their ends and empty lines at the end ignored.
    Lines,
    /// The same tokens, numbers within a tolerance.
    Float,
    /// Nothing is compared.
    None,
    /// A program of the request's own, in a sandbox of its own.
    Program,
}

/// How a `program` checker or an interactor is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "Protocol")]
pub enum Protocol {
    /// ICPC output validator: `input answer feedback/ args…`, exit 42 or 43. A checker reads the output on stdin.
    #[default]
    Icpc,
    /// testlib: `input output answer args…`, exit 0, 1, 2, 3, 4, 7, 8, or 50 to 250 for a part of the points.
    Testlib,
}

read_from_words_only!(CheckerKind, Protocol);

/// A program joined to the submission by two pipes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Interactor")]
pub struct Interactor {
    /// How it is spoken to. `icpc`: it is the checker, too; `testlib`: `checker` judges what it wrote to its output file.
    #[serde(default)]
    pub protocol: Protocol,
    /// Its language.
    pub language: String,
    /// Its source. Either this or `files`.
    #[serde(default)]
    pub source: Option<Content>,
    /// Its files.
    #[serde(default)]
    pub files: Files,
    /// Its entry point.
    #[serde(default)]
    pub entry_point: Option<String>,
    /// How it is compiled.
    #[serde(default)]
    pub compile: Compile,
    /// Its arguments. `icpc`: for tests that give no `checker_args`.
    #[serde(default)]
    pub args: Vec<String>,
    /// Its own limits. Files that it is given don't count; its wall time is never less than the submission's and 2 s more.
    #[serde(default)]
    pub limits: LimitsRequest,
}

/// A program that judges, whichever it is.
#[derive(Debug, Clone, Copy)]
pub struct JudgeProgram<'a> {
    /// Where it stands in the request: `checker` or `interactor`.
    pub place: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Its language.
    pub language: &'a str,
    /// Its source.
    pub source: Option<&'a Content>,
    /// Its files.
    pub files: &'a Files,
    /// Its entry point.
    pub entry_point: Option<&'a str>,
    /// How it is compiled.
    pub compile: &'a Compile,
    /// Its arguments.
    pub args: &'a [String],
    /// Its limits.
    pub limits: LimitsRequest,
}

impl JudgeProgram<'_> {
    fn check(&self) -> Result<(), Fault> {
        let at = |key: &str| format!("{}.{key}", self.place);
        if self.source.is_none() && self.files.is_empty() {
            return Err(invalid(at("source"), "there is no program: give `source` or `files`"));
        }
        if let Some(entry) = self.entry_point {
            no_nul(&at("entry_point"), entry)?;
        }
        check_args(&at("args"), self.args)?;
        check_args(&at("compile.args"), &self.compile.args)?;
        check_files(&at("files"), self.files)?;
        reserved_limits(&at("compile.limits"), &self.compile.limits)?;
        reserved_limits(&at("limits"), &self.limits)
    }
}

impl Interactor {
    /// As a program that judges.
    pub fn program(&self) -> JudgeProgram<'_> {
        JudgeProgram {
            place: "interactor",
            protocol: self.protocol,
            language: &self.language,
            source: self.source.as_ref(),
            files: &self.files,
            entry_point: self.entry_point.as_deref(),
            compile: &self.compile,
            args: &self.args,
            limits: self.limits,
        }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        self.program().check()
    }
}

impl Checker {
    /// As a program that judges; none: it is built in.
    pub fn program(&self) -> Option<JudgeProgram<'_>> {
        (self.kind == CheckerKind::Program).then(|| JudgeProgram {
            place: "checker",
            protocol: self.protocol.unwrap_or_default(),
            language: self.language.as_deref().unwrap_or_default(),
            source: self.source.as_ref(),
            files: &self.files,
            entry_point: self.entry_point.as_deref(),
            compile: &self.compile,
            args: &self.args,
            limits: self.limits,
        })
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        self.check_tolerances()?;
        let Some(program) = self.program() else {
            let program_key = [
                ("protocol", self.protocol.is_some()),
                ("language", self.language.is_some()),
                ("source", self.source.is_some()),
                ("files", !self.files.is_empty()),
                ("entry_point", self.entry_point.is_some()),
                ("args", !self.args.is_empty()),
                ("compile", !self.compile.args.is_empty() || self.compile.limits != LimitsRequest::default()),
                ("limits", self.limits != LimitsRequest::default()),
            ];
            return match program_key.iter().find(|(_, there)| *there) {
                Some((key, _)) => Err(invalid(format!("checker.{key}"), "only a `program` checker has this")),
                None => Ok(()),
            };
        };
        if self.language.is_none() {
            return Err(invalid("checker.language", "a `program` checker needs the language it is written in"));
        }
        for (key, given) in [("case_sensitive", !self.case_sensitive), ("space_change_sensitive", self.space_change_sensitive)] {
            if given {
                return Err(invalid(format!("checker.{key}"), "this is not for `program` checkers; give it as one of its `args`"));
            }
        }
        program.check()
    }

    fn check_tolerances(&self) -> Result<(), Fault> {
        for (key, tolerance) in [("absolute", self.absolute), ("relative", self.relative)] {
            match tolerance {
                Some(_) if self.kind != CheckerKind::Float => {
                    return Err(invalid(format!("checker.{key}"), "only the `float` checker has a tolerance"));
                }
                Some(t) if !(t.is_finite() && t >= 0.0) => {
                    return Err(invalid(format!("checker.{key}"), format!("{t} is not a tolerance: give a number from 0")));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
