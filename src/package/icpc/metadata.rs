//! `problem.yaml` (both versions' "Problem metadata"), and what stands in its place in the wild.
use super::Version;
use super::words;
use crate::model::{LimitsRequest, Millis};
use crate::package::fields::{Fields, Unknown};
use crate::package::package::{Margins, PackageLimits, Scoring};
use crate::package::problem::{Place, Problems};
use crate::package::tree::Tree;
use crate::package::yaml::{Node, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What `problem.yaml` says.
#[derive(Debug)]
pub(super) struct Metadata {
    pub version: Version,
    pub title: Option<String>,
    pub scoring: Scoring,
    /// An output validator of the package's own must be there (legacy: `validation: custom`). 2025-09 never says.
    pub custom: Option<bool>,
    pub interactive: bool,
    /// How often a submission is run at most; `None`: it is no multi-pass problem.
    pub passes: Option<u32>,
    /// A custom validator gives points (legacy: `validation: custom score`; 2025-09: any may).
    pub scores: bool,
    /// Legacy: arguments for the output validator.
    pub validator_flags: Vec<String>,
    pub limits: PackageLimits,
    /// Limits of validators.
    pub validation: LimitsRequest,
    pub languages: Option<Vec<String>>,
    pub constants: BTreeMap<String, String>,
}

const MIB: u64 = 1 << 20;

/// What packages are told to expect of a judge ("Typical system default").
fn typical() -> (PackageLimits, LimitsRequest) {
    let run = LimitsRequest { memory_bytes: Some(2048 * MIB), output_bytes: Some(8 * MIB), ..LimitsRequest::default() };
    let compile = LimitsRequest { cpu_time_ms: Millis::new(60_000.0), memory_bytes: Some(2048 * MIB), ..LimitsRequest::default() };
    let validation = LimitsRequest {
        cpu_time_ms: Millis::new(60_000.0),
        memory_bytes: Some(2048 * MIB),
        output_bytes: Some(8 * MIB),
        ..LimitsRequest::default()
    };
    (PackageLimits { time: None, margins: Margins::LATEST, run, compile, code_bytes: None }, validation)
}

impl Metadata {
    pub(super) fn read(tree: &Tree, folder: &Path, problems: &Problems) -> Option<Self> {
        let file = Path::new("problem.yaml");
        let text = tree.text("problem.yaml", problems)?;
        // The version decides how strictly the rest is read.
        let version = Fields::parse(file, &text, Unknown::Warning, &Problems::default()).and_then(|f| f.text("problem_format_version"));
        let version = match version.as_ref().map(|(v, node)| (v.as_str(), node)) {
            None | Some(("legacy" | "legacy-icpc", _)) => Version::Legacy,
            Some(("2025-09", _)) => Version::Latest,
            Some((other, node)) => {
                let message = format!("the format's version {other:?} is not known; known are `legacy`, `legacy-icpc` and `2025-09`");
                problems.error(Place::line(file, node.line), message);
                return None;
            }
        };
        let unknown = if version == Version::Legacy { Unknown::Warning } else { Unknown::Error };
        let fields = Fields::parse(file, &text, unknown, problems)?;
        let (mut limits, mut validation) = typical();
        let passes = read_limits(&fields, version, &mut limits, &mut validation);
        let mut metadata = Self {
            version,
            title: title(&fields),
            scoring: Scoring::PassFail,
            custom: None,
            interactive: false,
            passes: None,
            scores: false,
            validator_flags: Vec::new(),
            limits,
            validation,
            languages: None,
            constants: BTreeMap::new(),
        };
        match version {
            Version::Legacy => metadata.legacy(&fields, passes),
            Version::Latest => metadata.latest(&fields, passes),
        }
        fields.ignore(&["problem_format_version", "uuid", "version", "credits", "author", "source", "source_url", "license"]);
        fields.ignore(&["rights_owner", "embargo_until", "keywords", "allow_file_writing"]);
        fields.finish();
        if metadata.limits.time.is_none() {
            metadata.limits.time = time_in_the_wild(tree, folder, problems);
        }
        Some(metadata)
    }

    /// Legacy, "Type", "Validation", "Grading".
    fn legacy(&mut self, fields: &Fields<'_>, passes: Option<(u32, Node)>) {
        if let Some((kind, node)) = fields.text("type") {
            match kind.as_str() {
                "pass-fail" => {}
                "scoring" => self.scoring = Scoring::Points,
                other => fields.error(&node, format!("`type` must be `pass-fail` or `scoring`, not {other:?}")),
            }
        }
        let mut multi_pass = false;
        self.custom = Some(false);
        if let Some((validation, node)) = fields.text("validation") {
            let mut words = validation.split_whitespace();
            match words.next() {
                Some("default") | None => {}
                Some("custom") => self.custom = Some(true),
                Some(other) => fields.error(&node, format!("`validation` must begin with `default` or `custom`, not {other:?}")),
            }
            for word in words {
                match word {
                    _ if self.custom == Some(false) => {
                        fields.error(&node, format!("`validation: default` takes no {word:?}; is it `custom`?"));
                    }
                    "interactive" => self.interactive = true,
                    "score" => self.scores = true,
                    "multi-pass" => multi_pass = true,
                    other => {
                        let known = "`score`, `interactive` and `multi-pass`";
                        fields.error(&node, format!("`validation` has {other:?}, which is none of {known}"));
                    }
                }
            }
            if self.scores && self.scoring == Scoring::PassFail {
                fields.error(&node, "`score` is for problems of the type `scoring`; set `type: scoring`");
            }
        }
        self.set_passes(fields, multi_pass, passes);
        if let Some((flags, node)) = fields.text("validator_flags") {
            self.validator_flags = words::split(&flags).unwrap_or_else(|e| {
                fields.error(&node, format!("`validator_flags`: {e}"));
                Vec::new()
            });
        }
        if let Some(grading) = fields.map("grading") {
            if let Some((objective, node)) = grading.text("objective").filter(|(o, _)| o != "max") {
                match objective.as_str() {
                    "min" => grading.error(&node, "`objective: min` is not supported: fewer points are never better here"),
                    other => grading.error(&node, format!("`grading.objective` must be `max` or `min`, not {other:?}")),
                }
            }
            if let Some((true, node)) = grading.text("custom_scoring").map(|(t, n)| (t == "true", n)) {
                grading.error(&node, "custom graders are not supported");
            }
            grading.ignore(&["show_test_data_groups", "custom_scoring"]);
            grading.finish();
        }
        // Not of this format, but found in packages of it.
        if let Some((languages, _)) = fields.texts("languages") {
            let languages: Vec<String> = languages.iter().flat_map(|l| l.split_whitespace()).map(str::to_owned).collect();
            self.languages = (!languages.iter().any(|l| l == "all" || l == "*")).then_some(languages);
        }
    }

    /// 2025-09, "Type", "Languages", "Constants".
    fn latest(&mut self, fields: &Fields<'_>, passes: Option<(u32, Node)>) {
        if self.title.is_none() {
            fields.problems.error(Place::file(fields.file), "`name` is missing; give it");
        }
        if !fields.has("uuid") {
            fields.problems.warning(Place::file(fields.file), "`uuid` is missing; contest systems want one (`uuidgen` makes it)");
        }
        let (kinds, node) = fields.texts("type").unwrap_or_else(|| (Vec::new(), Node { line: 1, value: Value::List(Vec::new()) }));
        let has = |kind: &str| kinds.iter().any(|k| k == kind);
        for kind in &kinds {
            match kind.as_str() {
                "pass-fail" | "scoring" | "interactive" | "multi-pass" => {}
                "submit-answer" => {
                    fields.error(&node, "problems of the type `submit-answer` are not supported: a submission must be a program here");
                }
                other => {
                    let known = "`pass-fail`, `scoring`, `interactive`, `multi-pass`";
                    fields.error(&node, format!("there is no problem type {other:?}; the types are {known}"));
                }
            }
        }
        if has("pass-fail") && has("scoring") {
            fields.error(&node, "a problem is `pass-fail` or `scoring`, not both");
        }
        if has("scoring") {
            (self.scoring, self.scores) = (Scoring::Points, true);
        }
        self.interactive = has("interactive");
        self.set_passes(fields, has("multi-pass"), passes);
        if let Some((languages, _)) = fields.texts("languages") {
            self.languages = (languages != ["all"]).then_some(languages);
        }
        if let Some(constants) = fields.map("constants") {
            for (key, node) in constants.rest() {
                let named = key.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && key.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                match &node.value {
                    Value::Scalar { text, .. } if named && !node.is_null() => {
                        self.constants.insert(key.text, text.clone());
                    }
                    Value::Scalar { .. } if !named => {
                        constants.error(&node, format!("the constant's name {:?} must be letters, digits and `_`", key.text));
                    }
                    _ => constants.error(&node, format!("the constant `{}` must be a number or a text", key.text)),
                }
            }
        }
    }

    fn set_passes(&mut self, fields: &Fields<'_>, multi_pass: bool, passes: Option<(u32, Node)>) {
        match passes {
            Some((_, node)) if !multi_pass => {
                fields.error(&node, "`limits.validation_passes` is for multi-pass problems; say so, or remove it");
            }
            Some((n, _)) => self.passes = Some(n),
            None => self.passes = multi_pass.then_some(2),
        }
    }
}

fn title(fields: &Fields<'_>) -> Option<String> {
    let node = fields.node("name")?;
    match &node.value {
        Value::Scalar { text, .. } => Some(text.clone()),
        Value::Map(names) => {
            let text = |node: &Node| match &node.value {
                Value::Scalar { text, .. } => Some(text.clone()),
                _ => None,
            };
            let english = names.iter().find(|(key, _)| key.text == "en");
            english.or(names.first()).and_then(|(_, node)| text(node))
        }
        Value::List(_) => {
            fields.error(&node, "`name` must be a text, or a map from languages to texts");
            None
        }
    }
}

/// "Limits"; the passes of a multi-pass problem are returned.
fn read_limits(fields: &Fields<'_>, version: Version, out: &mut PackageLimits, validation: &mut LimitsRequest) -> Option<(u32, Node)> {
    out.margins = if version == Version::Legacy { Margins::LEGACY } else { Margins::LATEST };
    let limits = fields.map("limits")?;
    // The format wants whole numbers; packages in the wild have fractions of them too.
    let amount = |key: &str, unit: f64| {
        let (n, _) = limits.number(key, "a number above 0", |n| n > 0.0 && n < 1e9)?;
        Some(n * unit)
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "from 0 to 2^50")]
    let bytes = |key: &str, unit: u64| amount(key, unit as f64).map(|n| n as u64);
    let seconds = |key: &str| amount(key, 1000.0).and_then(Millis::new);
    let set = |to: &mut Option<u64>, n: Option<u64>| *to = n.or(*to);
    set(&mut out.run.memory_bytes, bytes("memory", MIB));
    set(&mut out.run.output_bytes, bytes("output", MIB));
    out.code_bytes = bytes("code", 1024);
    set(&mut out.compile.memory_bytes, bytes("compilation_memory", MIB));
    out.compile.cpu_time_ms = seconds("compilation_time").or(out.compile.cpu_time_ms);
    set(&mut validation.memory_bytes, bytes("validation_memory", MIB));
    set(&mut validation.output_bytes, bytes("validation_output", MIB));
    validation.cpu_time_ms = seconds("validation_time").or(validation.cpu_time_ms);
    out.time = seconds("time_limit");
    let factor = |of: &Fields<'_>, key: &str| of.number(key, "a number from 1", |n| (1.0..1000.0).contains(&n)).map(|(n, _)| n);
    match version {
        Version::Legacy => {
            out.margins.accepted_to_limit = factor(&limits, "time_multiplier").unwrap_or(out.margins.accepted_to_limit);
            out.margins.limit_to_too_slow = factor(&limits, "time_safety_margin").unwrap_or(out.margins.limit_to_too_slow);
        }
        Version::Latest => {
            if let Some(factors) = limits.map("time_multipliers") {
                out.margins.accepted_to_limit = factor(&factors, "ac_to_time_limit").unwrap_or(out.margins.accepted_to_limit);
                out.margins.limit_to_too_slow = factor(&factors, "time_limit_to_tle").unwrap_or(out.margins.limit_to_too_slow);
                factors.finish();
            }
            out.margins.resolution = amount("time_resolution", 1000.0).unwrap_or(out.margins.resolution);
        }
    }
    let passes = limits.whole("validation_passes", "a whole number from 2 to 1000", |n| (2..=1000).contains(&n));
    limits.finish();
    passes.and_then(|(n, node)| Some((u32::try_from(n).ok()?, node)))
}

/// `.timelimit` (seconds) and DOMjudge's `domjudge-problem.ini` (`timelimit = '2'`): in no version of the format, and in
/// many packages.
fn time_in_the_wild(tree: &Tree, folder: &Path, problems: &Problems) -> Option<Millis> {
    let read = |place: Place<'_>, text: &str| {
        let seconds = text.trim().trim_matches(['\'', '"']).parse().ok();
        let time = seconds.and_then(|s: f64| Millis::new(s * 1000.0));
        if time.is_none() {
            problems.error(place, format!("{:?} is no time limit: give seconds, such as 2 or 0.5", text.trim()));
        }
        time
    };
    let file = Path::new(".timelimit");
    // Names with a dot are not in the tree.
    if let Ok(text) = fs::read_to_string(folder.join(file)) {
        return read(Place::line(file, 1), &text);
    }
    let file = "domjudge-problem.ini";
    let text = tree.text(file, problems)?;
    let line = text.lines().enumerate().find_map(|(i, line)| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "timelimit").then_some((i + 1, value))
    });
    line.and_then(|(line, value)| read(Place::line(Path::new(file), line), value))
}
