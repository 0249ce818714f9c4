//! A channel between runs: `attacks/S/<number>-<name>.py`. `plant` leaves something, `look` says whether it finds it; in the
//! sandbox, one slot runs both, one after the other. With `both` the two also run at the same time, in two slots.
//!
//! ```toml
//! intent = "one line"
//! both = true
//! needs = "/proc/…"               # what the kernel must have for the channel to be closed
//! ```
use super::attack::{Scene, head};
use super::control::Control;
use super::{binary, control};
use libtest_mimic::Completion;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    intent: String,
    #[serde(default)]
    both: bool,
    needs: Option<PathBuf>,
    #[serde(default)]
    control: Control,
}

/// A channel, read.
pub struct Channel {
    pub name: String,
    path: PathBuf,
    source: String,
    head: Head,
}

impl Channel {
    pub fn load(group: &str, path: &Path) -> Option<Self> {
        let stem = path.file_stem()?.to_str().filter(|s| s.starts_with(|c: char| c.is_ascii_digit()))?;
        let name = format!("attack-{group}::{stem}");
        let source = fs::read_to_string(path).expect("a script");
        let head = head(&name, &source);
        Some(Self { name, path: path.to_owned(), source, head })
    }

    /// Whether it is also tried between two slots at the same time.
    pub const fn both(&self) -> bool {
        self.head.both
    }

    /// One after the other, or side by side.
    pub fn run(&self, side_by_side: bool) -> Result<Completion, String> {
        if let Some(needs) = self.head.needs.as_ref().filter(|needs| !needs.exists()) {
            return Ok(Completion::ignored_with(format!("open on this kernel, which has no {}", needs.display())));
        }
        let asked = self.head.control.with_default(if side_by_side { SIDE_BY_SIDE } else { ONE_AFTER_THE_OTHER });
        if let Err(reason) = control::bites(&asked, &self.path, "python3") {
            return Ok(Completion::ignored_with(format!("its control did not bite: {reason}")));
        }
        let scene = Scene::new();
        let helper = fs::read_to_string(binary::data().join("attacks/attack.py")).expect("a helper");
        let stdin = json!({"path": scene.canaries.facts});
        let words = if side_by_side { [["plant", "stay"], ["look", "wait"]] } else { [["plant", "go"], ["look", "once"]] };
        let tests = words.map(|args| json!({"args": args, "stdin": stdin}));
        let request = |tests: &[Value]| {
            json!({
            "id": self.name, "language": "python3", "source": self.source, "tests": tests, "checker": {"kind": "none"},
            "files": {"attack.py": helper},
            "limits": {"cpu_time_ms": 20_000, "wall_time_ms": 40_000, "processes": 64, "memory_bytes": 1 << 30},
            "capture": {"stdout_bytes": 65536, "stderr_bytes": 4096},
            })
        };
        let requests: Vec<Value> =
            if side_by_side { vec![request(&tests)] } else { tests.iter().map(|test| request(std::slice::from_ref(test))).collect() };
        let good = json!({"id": "good", "language": "python3", "source": "print('contained')", "tests": [{"answer": "contained\n"}]});
        let args = [if side_by_side { "-j2" } else { "-j1" }];
        let (lines, mut faults) = scene.judge_in_turn(&args, &requests.iter().collect::<Vec<_>>(), &good);
        faults.extend(scene.faults());
        if lines.iter().any(|line| line["verdict"] != "OK") {
            faults.push("it is not OK".into());
        }
        let looked = lines.iter().flat_map(|line| line["tests"].as_array().into_iter().flatten()).last().map(|test| &test["stdout"]);
        if looked.is_none_or(|stdout| stdout != "nothing\n") {
            faults.push(format!("the channel is open: {looked:?}"));
        }
        if faults.is_empty() {
            Ok(Completion::Completed)
        } else {
            Err(format!("{}\n  {}\n{lines:#?}", self.head.intent, faults.join("\n  ")))
        }
    }
}

const ONE_AFTER_THE_OTHER: &str = "export PYTHONPATH=$ATTACKS; python3 -B $SOURCE plant go > planted; python3 -B $SOURCE look once | sed 's/^found/ESCAPED/'; cat planted";
const SIDE_BY_SIDE: &str = "export PYTHONPATH=$ATTACKS; python3 -B $SOURCE plant stay > planted & python3 -B $SOURCE look wait | sed 's/^found/ESCAPED/'; cat planted; wait";
