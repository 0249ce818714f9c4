//! System-call policies, and their filters.
use super::calls::{ZYGOTE_CALLS, number};
use super::error::ProfileError;
use super::file::RuleFile;
use crate::sandbox::{LimitMode, Lockdown};
use seccompiler::{TargetArch, compile_from_json, sock_filter};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// `ENOSYS`: what an older kernel would say, so that libraries take their fallback.
const ENOSYS: u32 = 38;

/// A system-call policy with everything it includes.
#[derive(Debug)]
pub struct Policy {
    id: String,
    allow: BTreeSet<String>,
    kill: BTreeSet<String>,
    rules: Vec<RuleFile>,
    filters: OnceLock<Result<Vec<Vec<u64>>, String>>,
}

/// A policy file's entries, before and after its includes are added.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    pub allow: BTreeSet<String>,
    pub counted: BTreeSet<String>,
    pub kill: BTreeSet<String>,
    pub rules: Vec<RuleFile>,
}

impl Entries {
    /// Adds an included policy: what it kills may be allowed here, and the other way round the nearer word wins too.
    pub(super) fn include(&mut self, other: &Self, own: &Self) {
        self.allow.extend(other.allow.iter().filter(|c| !own.kill.contains(*c)).cloned());
        self.counted.extend(other.counted.iter().filter(|c| !own.kill.contains(*c)).cloned());
        self.kill.extend(other.kill.iter().cloned());
        for rule in &other.rules {
            if !self.rules.contains(rule) && !own.kill.contains(&rule.call) {
                self.rules.push(rule.clone());
            }
        }
    }
}

impl Policy {
    pub(super) fn new(id: &str, entries: Entries, mode: LimitMode) -> Self {
        let Entries { mut allow, counted, mut kill, mut rules } = entries;
        if mode == LimitMode::Cgroup2 {
            allow.extend(counted);
        }
        rules.retain(|r| !allow.contains(&r.call));
        kill.retain(|c| !allow.contains(c) && !rules.iter().any(|r| r.call == *c));
        Self { id: id.to_owned(), allow, kill, rules, filters: OnceLock::new() }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The filters for the zygote, oldest first: the allowlist (with [`ZYGOTE_CALLS`]), then the calls that end the run.
    /// Raw BPF for this architecture: `code | jt << 16 | jf << 24 | k << 32`.
    pub fn filters(&self) -> Result<&[Vec<u64>], ProfileError> {
        let made = self.filters.get_or_init(|| self.compile());
        made.as_deref().map_err(|message| ProfileError::Filter { policy: self.id.clone(), message: message.clone() })
    }

    /// Which of [`ZYGOTE_CALLS`] the policy itself does not allow. Calls with a rule are in neither list: the rule
    /// holds for the zygote as well.
    pub fn lockdown(&self) -> Lockdown {
        let mut lockdown = Lockdown::default();
        for name in ZYGOTE_CALLS {
            if self.allow.contains(*name) || self.has_rule(name) {
                continue;
            }
            let list = if self.kill.contains(*name) { &mut lockdown.kill } else { &mut lockdown.errno };
            list.extend(number(name).and_then(|n| u32::try_from(n).ok()));
        }
        lockdown
    }

    /// Whether a program can be started under it: execve(2) is the run's own call, not its zygote's.
    pub(super) fn starts_programs(&self) -> bool {
        self.allow.contains("execve") || self.has_rule("execve")
    }

    fn has_rule(&self, call: &str) -> bool {
        self.rules.iter().any(|r| r.call == call)
    }

    fn compile(&self) -> Result<Vec<Vec<u64>>, String> {
        let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| e.to_string())?;
        let zygote: BTreeSet<&str> = ZYGOTE_CALLS.iter().copied().collect();
        let mut allow: BTreeMap<&str, Vec<Value>> = self.allow.iter().map(|c| (c.as_str(), vec![json!({"syscall": c})])).collect();
        for rule in &self.rules {
            allow.entry(&rule.call).or_default().extend(conditions(rule));
        }
        for call in &zygote {
            allow.entry(call).or_insert_with(|| vec![json!({"syscall": call})]);
        }
        let kill = self.kill.iter().map(String::as_str).filter(|c| !zygote.contains(c));
        let kill = kill.map(|c| (c, vec![json!({"syscall": c})])).collect();
        let mut filters = vec![filter(allow, &json!({"errno": ENOSYS}), &json!("allow"), arch)?];
        if !self.kill.is_empty() {
            filters.push(filter(kill, &json!("allow"), &json!("kill_process"), arch)?);
        }
        Ok(filters)
    }
}

/// A rule's conditions: one alternative each.
fn conditions(rule: &RuleFile) -> Vec<Value> {
    let alternative = |op: Value, value: u32| {
        // dword: the kernel takes these arguments as 32 bits, so that the upper half must not matter.
        json!({"syscall": rule.call, "args": [{"index": rule.arg, "type": "dword", "op": op, "val": value}]})
    };
    match (rule.mask, rule.eq) {
        (Some(mask), Some(eq)) => vec![alternative(json!({"masked_eq": mask}), eq)],
        _ => rule.values.iter().map(|v| alternative(json!("eq"), *v)).collect(),
    }
}

fn filter(mut calls: BTreeMap<&str, Vec<Value>>, mismatch: &Value, matched: &Value, arch: TargetArch) -> Result<Vec<u64>, String> {
    if let Ok(filter) = assemble(&calls, mismatch, matched, arch) {
        return Ok(filter);
    }
    // A call that only other architectures have (x86-64's `open`) is skipped; one that none has is a typo.
    let mut typo = None;
    calls.retain(|name, _| {
        let here = is_known(name, arch);
        if !here && ![TargetArch::x86_64, TargetArch::aarch64, TargetArch::riscv64].into_iter().any(|a| is_known(name, a)) {
            typo = Some((*name).to_owned());
        }
        here
    });
    match typo {
        Some(name) => Err(format!("no architecture has a system call `{name}`")),
        None => assemble(&calls, mismatch, matched, arch),
    }
}

fn is_known(name: &str, arch: TargetArch) -> bool {
    let one = BTreeMap::from([(name, vec![json!({"syscall": name})])]);
    assemble(&one, &json!("allow"), &json!("kill_process"), arch).is_ok()
}

fn assemble(calls: &BTreeMap<&str, Vec<Value>>, mismatch: &Value, matched: &Value, arch: TargetArch) -> Result<Vec<u64>, String> {
    let rules: Vec<&Value> = calls.values().flatten().collect();
    let text = json!({"f": {"mismatch_action": mismatch, "match_action": matched, "filter": rules}}).to_string();
    let program = compile_from_json(text.as_bytes(), arch).map_err(|e| e.to_string())?.remove("f").unwrap_or_default();
    Ok(program.iter().map(raw).collect())
}

fn raw(i: &sock_filter) -> u64 {
    u64::from(i.code) | u64::from(i.jt) << 16 | u64::from(i.jf) << 24 | u64::from(i.k) << 32
}
