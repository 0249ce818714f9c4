//! An attack on the reader of requests: `attacks/G/<number>-<name>.py`, which prints a request, damaged or as it was before.
//!
//! ```toml
//! intent = "one line"
//! error = "invalid_json"         # the answer's error.kind; or a list, with `why`
//! verdict = "AC"                 # instead: it is judged, and its response is as sound as any
//! ```
use super::attack::{Scene, head};
use super::{binary, expect};
use libtest_mimic::Completion;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    intent: String,
    error: Option<Value>,
    verdict: Option<Value>,
    why: Option<String>,
}

/// A message, read.
pub struct Message {
    pub name: String,
    path: PathBuf,
    head: Head,
}

impl Message {
    pub fn load(group: &str, path: &Path) -> Option<Self> {
        let stem = path.file_stem()?.to_str().filter(|s| s.starts_with(|c: char| c.is_ascii_digit()))?;
        let name = format!("attack-{group}::{stem}");
        let head: Head = head(&name, &std::fs::read_to_string(path).expect("a script"));
        assert!(head.error.is_some() != head.verdict.is_some(), "{name}: an error, or a verdict");
        let choice = head.error.as_ref().or(head.verdict.as_ref()).is_some_and(Value::is_array);
        assert_eq!(choice, head.why.is_some(), "{name}: a choice and its `why` belong together");
        Some(Self { name, path: path.to_owned(), head })
    }

    /// The control is the same request without the damage: it is judged. Then the damaged one, and a good one after it.
    pub fn run(&self) -> Result<Completion, String> {
        let after = json!({"id": "after", "language": "bash", "source": "echo contained", "tests": [{"answer": "contained\n"}]});
        let control = judge(&[self.print("good")?, after.to_string().into()].join(&b'\n'));
        if control.lines().iter().any(|l| l["verdict"] != "AC") || control.lines().len() != 2 {
            return Ok(Completion::ignored_with(format!("undamaged, it is not judged either:\n{}", control.stdout)));
        }
        let scene = Scene::new();
        let ended = judge(&[self.print("bad")?, after.to_string().into(), Vec::new()].join(&b'\n'));
        let lines = ended.lines();
        let (of_after, of_bad): (Vec<&Value>, Vec<&Value>) = lines.iter().partition(|l| l["id"] == "after");
        let mut faults = scene.faults();
        if of_after.len() != 1 || of_after[0]["verdict"] != "AC" {
            faults.push("the next request is not judged AC".into());
        }
        let (key, wanted) =
            if let Some(error) = &self.head.error { ("error.kind", error) } else { ("verdict", &self.head.verdict.clone().into()) };
        for line in &of_bad {
            faults.extend(expect::differences(line, &[(key.to_owned(), wanted.clone())].into()));
        }
        if of_bad.len() != 1 {
            faults.push(format!("{} answers", of_bad.len()));
        }
        let code = i32::from(self.head.error.is_some());
        if ended.code() != code {
            faults.push(format!("exit status {} instead of {code}", ended.code()));
        }
        if faults.is_empty() {
            Ok(Completion::Completed)
        } else {
            Err(format!("{}\n  {}\n{lines:#?}\n{}", self.head.intent, faults.join("\n  "), ended.stderr))
        }
    }

    fn print(&self, which: &str) -> Result<Vec<u8>, String> {
        let output = Command::new("python3").arg("-B").arg(&self.path).arg(which).output().map_err(|e| format!("python3: {e}"))?;
        if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

fn judge(input: &[u8]) -> binary::Ended {
    binary::run(&["judge", "-j1"], &binary::data(), input)
}
