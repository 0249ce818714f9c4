//! The files as they are written: `profiles/languages/cpp17.toml` and `profiles/policies/base.toml` explain every key.
use crate::model::LimitsRequest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageFile {
    pub id: String,
    pub name: String,
    pub source: String,
    pub extensions: Vec<String>,
    #[serde(default = "yes")]
    pub detect: bool,
    #[serde(default)]
    pub entry: EntryRule,
    #[serde(default = "one")]
    pub time_factor: f64,
    #[serde(default = "one")]
    pub memory_factor: f64,
    pub toolchain: ToolchainFile,
    pub compile: Option<CompileFile>,
    pub run: RunFile,
    #[serde(default)]
    pub limits: LimitsRequest,
}

/// Which file of a program is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EntryRule {
    #[default]
    Source,
    None,
    Java,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolchainFile {
    pub commands: Vec<String>,
    #[serde(default)]
    pub directories: Vec<String>,
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default = "two")]
    pub root: usize,
    pub version: Vec<String>,
    pub package: String,
    pub prepare: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompileFile {
    pub argv: Vec<String>,
    #[serde(default)]
    pub args_allowed: Vec<String>,
    pub products: Vec<String>,
    #[serde(default)]
    pub binds: Vec<String>,
    pub policy: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub limits: LimitsRequest,
    #[serde(default)]
    pub option: Vec<OptionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionFile {
    pub exists: Vec<String>,
    pub args: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunFile {
    pub argv: Vec<String>,
    #[serde(default)]
    pub binds: Vec<String>,
    pub policy: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    pub id: String,
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub allow: Vec<String>,
    #[serde(default)]
    pub counted: Vec<String>,
    #[serde(default)]
    pub kill: Vec<String>,
    #[serde(default)]
    pub rule: Vec<Arc<RuleFile>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub call: String,
    pub arg: u8,
    #[serde(rename = "in", default)]
    pub values: Vec<u32>,
    pub mask: Option<u32>,
    pub eq: Option<u32>,
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

fn two() -> usize {
    2
}
