//! A case: a folder with `case.toml` and the program's files.
//!
//! ```toml
//! intent = "one line"             # what the program does
//! why = "…"                       # only where [expect] leaves a choice: why
//! source = "main.c"               # a file here, or one that cases share (`../shared/…`); becomes the request's `source`
//! files = ["triangle.h"]          # files here; become the request's `files`
//! checker = "check.cpp"           # likewise, of `request.checker`; with `checker_files`
//! interactor = "talk.py"          # likewise, of `request.interactor`; with `interactor_files`
//! [expect]                        # see `expect`
//! verdict = "AC"
//! [mode.rlimit.expect]            # more, where runs are limited that way (`sandbox.limits`)
//! [request]                       # all else of the request, as it is
//! language = "c17"
//! ```
use super::binary;
use super::expect::{self, Expected};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    intent: String,
    why: Option<String>,
    source: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    checker: Option<String>,
    #[serde(default)]
    checker_files: Vec<String>,
    interactor: Option<String>,
    #[serde(default)]
    interactor_files: Vec<String>,
    expect: Expected,
    #[serde(default)]
    mode: BTreeMap<String, Variant>,
    request: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    expect: Expected,
}

/// A case, read and put together.
pub struct Case {
    /// `suite::case`, by its folders.
    pub name: String,
    intent: String,
    request: Value,
    expect: Expected,
    mode: BTreeMap<String, Variant>,
}

impl Case {
    /// Every case below `root/<suite>/<case>`, in order of their names.
    pub fn all(root: &Path) -> Vec<Self> {
        let mut cases = Vec::new();
        for suite in folders(root) {
            for folder in folders(&suite).into_iter().filter(|f| f.join("case.toml").is_file()) {
                let word = |p: &Path| p.file_name().expect("a name").to_string_lossy().into_owned();
                cases.push(Self::load(format!("{}::{}", word(&suite), word(&folder)), &folder));
            }
        }
        assert!(!cases.is_empty(), "no cases below {}", root.display());
        cases
    }

    fn load(name: String, folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("case.toml")).unwrap_or_else(|e| panic!("{name}: {e}"));
        let file: CaseFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let choice = expect::has_choice(&file.expect) || file.mode.values().any(|v| expect::has_choice(&v.expect));
        assert_eq!(choice, file.why.is_some(), "{name}: a choice of expectations and `why` belong together");
        let mut request = file.request;
        let read = |of: &str| content(&fs::read(folder.join(of)).unwrap_or_else(|e| panic!("{name}: {of}: {e}")));
        let insert = |program: &mut Map<String, Value>, source: Option<&String>, files: &[String]| {
            if let Some(source) = source {
                program.insert("source".into(), read(source));
            }
            if !files.is_empty() {
                // A file that cases share lies elsewhere, and keeps its last name.
                let base = |of: &str| of.rsplit('/').next().unwrap_or(of).to_owned();
                let name = |of: &str| if of.starts_with("../") { base(of) } else { of.to_owned() };
                program.insert("files".into(), files.iter().map(|of| (name(of), read(of))).collect());
            }
        };
        insert(&mut request, file.source.as_ref(), &file.files);
        for (key, source, files) in
            [("checker", &file.checker, &file.checker_files), ("interactor", &file.interactor, &file.interactor_files)]
        {
            if let Some(program) = request.get_mut(key).and_then(Value::as_object_mut) {
                insert(program, source.as_ref(), files);
            }
        }
        // The request's own id where the case is about ids, else the case's name: it makes a transcript readable.
        request.entry("id").or_insert_with(|| name.as_str().into());
        Self { intent: file.intent, request: request.into(), expect: file.expect, mode: file.mode, name }
    }

    /// The languages of the submission and of what judges it.
    pub fn languages(&self) -> Vec<String> {
        let own = self.request["language"].as_str().expect("a case names its language");
        let judges = ["checker", "interactor"].iter().filter_map(|key| self.request[key]["language"].as_str());
        [own].into_iter().chain(judges).map(ToOwned::to_owned).collect()
    }

    /// Judges it and compares.
    pub fn run(&self) -> Result<(), String> {
        let ended = binary::run(&["judge"], &binary::data(), self.request.to_string().as_bytes());
        let lines = ended.lines();
        let [response] = lines.as_slice() else {
            return Err(format!("{} lines instead of one:\n{}{}", lines.len(), ended.stdout, ended.stderr));
        };
        let mut faults = self.faults(response);
        let wanted = if response["verdict"] == "IE" { 3 } else { 0 };
        if ended.code() != wanted {
            faults.push(format!("exit status {} instead of {wanted}", ended.code()));
        }
        if faults.is_empty() {
            return Ok(());
        }
        let stderr = if ended.stderr.is_empty() { String::new() } else { format!("\nstderr:\n{}", ended.stderr) };
        Err(format!("{}\n  {}\n{response:#}{stderr}", self.intent, faults.join("\n  ")))
    }

    fn faults(&self, response: &Value) -> Vec<String> {
        let mut faults = expect::differences(response, &self.expect);
        if response.get("verdict").is_none() {
            return faults;
        }
        let mode = response["sandbox"]["limits"].as_str().unwrap_or_default();
        if let Some(wanted) = std::env::var("ASSIZE_MODE").ok().filter(|m| m != mode) {
            faults.push(format!("sandbox.limits: {mode:?}, but ASSIZE_MODE asks for {wanted:?}"));
        }
        if let Some(variant) = self.mode.get(mode) {
            faults.extend(expect::differences(response, &variant.expect));
        }
        // What holds for every response there is.
        let asked = self.request.get("tests").and_then(Value::as_array).map_or(0, Vec::len);
        let always = [("schema", json!(1)), ("index", json!(0)), ("id", self.request["id"].clone()), ("tests.length", json!(asked))];
        faults.extend(expect::differences(response, &always.map(|(key, value)| (key.to_owned(), value)).into()));
        if let Some(limits) = self.request.get("limits").and_then(Value::as_object) {
            let echoed = limits.iter().map(|(key, value)| (format!("limits.{key}"), value.clone())).collect();
            faults.extend(expect::differences(response, &echoed));
        }
        faults
    }
}

fn content(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({"base64": base64::engine::general_purpose::STANDARD.encode(bytes)}),
    }
}

/// The files in a folder, in order of their names.
pub fn sources(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap_or_else(|e| panic!("{}: {e}", of.display()));
    let mut files: Vec<_> = entries.map(|e| e.expect("an entry").path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

/// The folders in a folder, in order of their names.
pub fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap_or_else(|e| panic!("{}: {e}", of.display()));
    let mut folders: Vec<_> = entries.map(|e| e.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}
