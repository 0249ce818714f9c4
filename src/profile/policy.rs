//! System-call policies, and their filters.
use super::calls::{ZYGOTE_CALLS, number};
use super::error::ProfileError;
use super::file::RuleFile;
use super::names::{Calls, Names};
use crate::sandbox::{Fate, LimitMode, Lockdown, by_number};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    sock_filter,
};
use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

/// `ENOSYS`: what an older kernel would say, so that libraries take their fallback.
const ENOSYS: u32 = 38;

/// A system-call policy with everything it includes.
#[derive(Debug)]
pub struct Policy {
    id: String,
    names: Arc<Names>,
    allow: Calls,
    kill: Calls,
    rules: Vec<Arc<RuleFile>>,
    filters: OnceLock<Result<Vec<Vec<u64>>, String>>,
}

/// A policy file's entries, before and after its includes are added.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    pub allow: Calls,
    pub counted: Calls,
    pub kill: Calls,
    pub rules: Vec<Arc<RuleFile>>,
}

impl Entries {
    /// Adds an included policy: what it kills may be allowed here, and the other way round the nearer word wins too.
    pub(super) fn include(&mut self, other: &Self, own: &Self, names: &Names) {
        self.allow.add(&other.allow.without(&own.kill));
        self.counted.add(&other.counted.without(&own.kill));
        self.kill.add(&other.kill);
        for rule in &other.rules {
            if !self.rules.contains(rule) && !names.has(&own.kill, &rule.call) {
                self.rules.push(rule.clone());
            }
        }
    }
}

impl Policy {
    pub(super) fn new(id: &str, entries: Entries, names: &Arc<Names>, mode: LimitMode) -> Self {
        let Entries { mut allow, counted, kill, mut rules } = entries;
        if mode == LimitMode::Cgroup2 {
            allow.add(&counted);
        }
        rules.retain(|r| !names.has(&allow, &r.call));
        let ruled = names.known(rules.iter().map(|r| &*r.call));
        let kill = kill.without(&allow).without(&ruled);
        Self { id: id.to_owned(), names: names.clone(), allow, kill, rules, filters: OnceLock::new() }
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
            if self.allows(name) || self.has_rule(name) {
                continue;
            }
            let list = if self.names.has(&self.kill, name) { &mut lockdown.kill } else { &mut lockdown.errno };
            list.extend(number(name).and_then(|n| u32::try_from(n).ok()));
        }
        lockdown
    }

    /// Whether a run can make an object of its IPC namespace (ipc_namespaces(7)).
    pub fn ipc_objects(&self) -> bool {
        ["shmget", "msgget", "semget", "mq_open", "ipc"].iter().any(|call| self.allows(call) || self.has_rule(call))
    }

    /// Whether a program can be started under it: execve(2) is the run's own call, not its zygote's.
    pub(super) fn starts_programs(&self) -> bool {
        self.allows("execve") || self.has_rule("execve")
    }

    fn allows(&self, call: &str) -> bool {
        self.names.has(&self.allow, call)
    }

    fn has_rule(&self, call: &str) -> bool {
        self.rules.iter().any(|r| r.call == call)
    }

    /// seccompiler compiles the rules; it would try one number after the other, so what it made of each is put into a search by
    /// number, with the calls that are never asked about.
    fn compile(&self) -> Result<Vec<Vec<u64>>, String> {
        let mut fates = BTreeMap::new();
        let zygote = ZYGOTE_CALLS.iter().copied().filter(|c| !self.has_rule(c));
        for call in self.names.of(&self.allow).chain(zygote) {
            fates.extend(number_of(call)?.map(|n| (n, Fate::Allow)));
        }
        for call in self.names.of(&self.kill).filter(|c| !self.has_rule(c)) {
            if let Some(n) = number_of(call)? {
                fates.entry(n).or_insert(Fate::Kill);
            }
        }
        let mut rules: BTreeMap<&str, Vec<SeccompRule>> = BTreeMap::new();
        for rule in &self.rules {
            rules.entry(&rule.call).or_default().extend(alternatives(rule).map_err(|e| e.to_string())?);
        }
        for (call, alternatives) in rules {
            if let Some(n) = number_of(call)? {
                let program = filter(BTreeMap::from([(n.into(), alternatives)])).map_err(|e| e.to_string())?;
                fates.insert(n, Fate::Ask(program.get(HEAD + 1..).unwrap_or_default().to_vec()));
            }
        }
        let nothing = filter(BTreeMap::new()).map_err(|e| e.to_string())?;
        let Some((head, _)) = nothing.split_at_checked(HEAD) else { return Err("an empty filter".into()) };
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

/// A call's number. A call that only other architectures have (x86-64's `open`) has none; one that none has is a typo.
fn number_of(call: &str) -> Result<Option<u32>, String> {
    use syscalls::{Sysno, aarch64, riscv64};
    match Sysno::from_str(call) {
        Ok(number) => Ok(u32::try_from(number.id()).ok()),
        Err(()) if aarch64::Sysno::from_str(call).is_ok() || riscv64::Sysno::from_str(call).is_ok() => Ok(None),
        Err(()) => Err(format!("no architecture has a system call `{call}`")),
    }
}

/// A rule's conditions: one alternative each.
fn alternatives(rule: &RuleFile) -> Result<Vec<SeccompRule>, BackendError> {
    let alternative = |op: SeccompCmpOp, value: u32| {
        // Dword: the kernel takes these arguments as 32 bits, so that the upper half must not matter.
        SeccompRule::new(vec![SeccompCondition::new(rule.arg, SeccompCmpArgLen::Dword, op, value.into())?])
    };
    match (rule.mask, rule.eq) {
        (Some(mask), Some(eq)) => Ok(vec![alternative(SeccompCmpOp::MaskedEq(mask.into()), eq)?]),
        _ => rule.values.iter().map(|v| alternative(SeccompCmpOp::Eq, *v)).collect(),
    }
}

/// seccompiler's filter: ENOSYS for all that is not in `rules`.
fn filter(rules: BTreeMap<i64, Vec<SeccompRule>>) -> Result<Vec<u64>, BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules, SeccompAction::Errno(ENOSYS), SeccompAction::Allow, arch)?;
    Ok(BpfProgram::try_from(filter)?.iter().map(raw).collect())
}

fn raw(i: &sock_filter) -> u64 {
    u64::from(i.code) | u64::from(i.jt) << 16 | u64::from(i.jf) << 24 | u64::from(i.k) << 32
}
