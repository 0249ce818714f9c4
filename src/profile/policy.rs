//! System-call policies, and their filters.
use super::calls::{ZYGOTE_CALLS, number};
use super::error::ProfileError;
use super::file::RuleFile;
use crate::sandbox::{Fate, LimitMode, Lockdown, by_number};
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

    /// The filters for the zygote, oldest first: one, of the allowlist (with [`ZYGOTE_CALLS`]) and the calls that end the run.
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

    /// Whether a run can make an object of its IPC namespace (ipc_namespaces(7)).
    pub fn ipc_objects(&self) -> bool {
        ["shmget", "msgget", "semget", "mq_open", "ipc"].iter().any(|call| self.allow.contains(*call) || self.has_rule(call))
    }

    /// Whether a program can be started under it: execve(2) is the run's own call, not its zygote's.
    pub(super) fn starts_programs(&self) -> bool {
        self.allow.contains("execve") || self.has_rule("execve")
    }

    fn has_rule(&self, call: &str) -> bool {
        self.rules.iter().any(|r| r.call == call)
    }

    /// Which calls always pass is looked up by seccompiler, which compiles the rules too; it would try one number after the other,
    /// so what it made of each is put into a search by number.
    fn compile(&self) -> Result<Vec<Vec<u64>>, String> {
        let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| e.to_string())?;
        let zygote = ZYGOTE_CALLS.iter().copied().filter(|c| !self.has_rule(c));
        let allow: BTreeSet<&str> = self.allow.iter().map(String::as_str).chain(zygote).collect();
        let kill = self.kill.iter().map(String::as_str).filter(|c| !allow.contains(c) && !self.has_rule(c)).collect();
        let allowed = filter(plain(&allow), arch)?;
        let Some((head, _)) = allowed.split_at_checked(HEAD) else { return Err("an empty filter".into()) };
        let mut fates: BTreeMap<u32, Fate> = numbers(&allowed)?.into_iter().map(|n| (n, Fate::Allow)).collect();
        fates.extend(numbers(&filter(plain(&kill), arch)?)?.into_iter().map(|n| (n, Fate::Kill)));
        let mut rules: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for rule in &self.rules {
            rules.entry(&rule.call).or_default().extend(conditions(rule));
        }
        for (call, conditions) in rules {
            let program = filter(BTreeMap::from([(call, conditions)]), arch)?;
            // Empty where the architecture does not have the call.
            if let Some(asked) = program.get(HEAD + 1..).filter(|asked| asked.len() > 1) {
                fates.insert(number_of(asked)?, Fate::Ask(asked.to_vec()));
            }
        }
        let filter = by_number(head, &fates);
        if filter.len() >= MOST {
            Err(format!("it is too long: {} instructions, and the kernel takes {MOST}", filter.len()))
        } else {
            Ok(vec![filter])
        }
    }
}

/// `BPF_MAXINSNS`.
const MOST: usize = 4096;
/// Instructions of seccompiler's that check the architecture; the one that loads the number comes next.
const HEAD: usize = 3;
/// Instructions of a call that always passes: its number compared, two jumps, both returns.
const PLAIN: usize = 5;

fn plain<'a>(calls: &BTreeSet<&'a str>) -> BTreeMap<&'a str, Vec<Value>> {
    calls.iter().map(|c| (*c, vec![json!({"syscall": c})])).collect()
}

/// The numbers of a filter that has only calls without conditions.
fn numbers(program: &[u64]) -> Result<Vec<u32>, String> {
    let calls = program.get(HEAD + 1..).and_then(|rest| rest.split_last()).map_or(&[][..], |(_, calls)| calls);
    if calls.len() % PLAIN != 0 {
        return Err("seccompiler's filters are built in another way than this version of it does".into());
    }
    calls.chunks(PLAIN).map(number_of).collect()
}

/// The number that a call's instructions begin by comparing (`BPF_JMP | BPF_JEQ | BPF_K`).
fn number_of(instructions: &[u64]) -> Result<u32, String> {
    const COMPARE: u64 = 0x15;
    match instructions.first() {
        Some(first) if first & 0xffff == COMPARE => u32::try_from(first >> 32).map_err(|e| e.to_string()),
        _ => Err("seccompiler's filters are built in another way than this version of it does".into()),
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

/// seccompiler's filter: ENOSYS for all that is not in `calls`.
fn filter(mut calls: BTreeMap<&str, Vec<Value>>, arch: TargetArch) -> Result<Vec<u64>, String> {
    if let Ok(filter) = assemble(&calls, arch) {
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
        None => assemble(&calls, arch),
    }
}

fn is_known(name: &str, arch: TargetArch) -> bool {
    assemble(&BTreeMap::from([(name, vec![json!({"syscall": name})])]), arch).is_ok()
}

fn assemble(calls: &BTreeMap<&str, Vec<Value>>, arch: TargetArch) -> Result<Vec<u64>, String> {
    let rules: Vec<&Value> = calls.values().flatten().collect();
    let text = json!({"f": {"mismatch_action": {"errno": ENOSYS}, "match_action": "allow", "filter": rules}}).to_string();
    let program = compile_from_json(text.as_bytes(), arch).map_err(|e| e.to_string())?.remove("f").unwrap_or_default();
    Ok(program.iter().map(raw).collect())
}

fn raw(i: &sock_filter) -> u64 {
    u64::from(i.code) | u64::from(i.jt) << 16 | u64::from(i.jf) << 24 | u64::from(i.k) << 32
}
