//! A policy as its file says it, read anew: nothing of `src/profile` has a part in what is expected.
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// All ones: bad descriptor, bad pointer, bad flags. What is allowed does no harm with it.
pub const BAD: u64 = u64::MAX;
/// Bit of the x32 ABI in a call's number.
pub const X32: u32 = 0x4000_0000;

/// What must become of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The kernel decides.
    Allowed,
    /// `ENOSYS`.
    Refused,
    /// SIGSYS.
    Killed,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub call: String,
    pub arg: usize,
    #[serde(rename = "in", default)]
    pub values: Vec<u32>,
    pub mask: Option<u32>,
    pub eq: Option<u32>,
}

impl Rule {
    fn holds(&self, args: &[u64; 6]) -> bool {
        let low = u32::try_from(args[self.arg] & u64::from(u32::MAX)).expect("32 bits");
        match (self.mask, self.eq) {
            (Some(mask), Some(eq)) => low & mask == eq,
            _ => self.values.contains(&low),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    allow: BTreeSet<String>,
    #[serde(default)]
    counted: BTreeSet<String>,
    #[serde(default)]
    kill: BTreeSet<String>,
    #[serde(default)]
    rule: Vec<Rule>,
}

/// A policy with what it includes.
#[derive(Debug)]
pub struct Policy {
    allowed: BTreeSet<String>,
    killed: BTreeSet<String>,
    pub rules: Vec<Rule>,
}

/// The ids of all policies.
pub fn ids() -> Vec<String> {
    let files = PROFILES.get_dir("policies").expect("a folder").files();
    files.map(|f| f.path().file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

/// A language profile's text.
pub fn language(id: &str) -> &'static str {
    PROFILES.get_file(format!("languages/{id}.toml")).and_then(|f| f.contents_utf8()).expect("a language")
}

impl Policy {
    /// As it is in force where runs are limited by `mode`.
    pub fn read(id: &str, mode: &str) -> Self {
        let mut policy = Self { allowed: BTreeSet::new(), killed: BTreeSet::new(), rules: Vec::new() };
        let mut to_read = vec![id.to_owned()];
        while let Some(id) = to_read.pop() {
            let text = PROFILES.get_file(format!("policies/{id}.toml")).and_then(|f| f.contents_utf8()).expect("a policy");
            let file: File = toml::from_str(text).unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(file.id, id);
            assert!(file.kill.is_empty() || file.include.is_empty(), "{id}: what its own kill does to an include is not known here");
            policy.allowed.extend(file.allow);
            if mode == "cgroup2" {
                policy.allowed.extend(file.counted);
            }
            policy.killed.extend(file.kill);
            policy.rules.extend(file.rule);
            to_read.extend(file.include);
        }
        policy
    }

    /// Whether a run can begin under it.
    pub fn starts_programs(&self) -> bool {
        self.allowed.contains("execve")
    }

    /// What must become of a call.
    pub fn fate(&self, name: Option<&str>, nr: u32, args: &[u64; 6]) -> Fate {
        if nr >= X32 {
            return Fate::Killed;
        }
        let Some(name) = name else { return Fate::Refused };
        let mut rules = self.rules.iter().filter(|r| r.call == name).peekable();
        if self.allowed.contains(name) {
            Fate::Allowed
        } else if rules.peek().is_some() {
            if rules.any(|r| r.holds(args)) { Fate::Allowed } else { Fate::Refused }
        } else if self.killed.contains(name) {
            Fate::Killed
        } else {
            Fate::Refused
        }
    }

    /// Argument lists on either side of each of a call's rules.
    pub fn around(&self, name: &str) -> Vec<[u64; 6]> {
        let mut lists = Vec::new();
        for rule in self.rules.iter().filter(|r| r.call == name) {
            let mut values: BTreeSet<u64> = [0, 1, 2, 0xffff, u64::from(u32::MAX), BAD].into();
            for value in rule.values.iter().chain(&rule.eq).copied() {
                values.extend([value, value.wrapping_sub(1), value.wrapping_add(1), value ^ 0x8000_0000].map(u64::from));
                // The upper half is not the kernel's to see.
                values.extend([u64::from(value) | 1 << 32, u64::from(value) | 0xffff_ffff << 32]);
                let mask = rule.mask.unwrap_or(0xffff);
                values.extend((0..32).filter(|bit| mask & 1 << bit != 0).map(|bit| u64::from(value ^ 1 << bit)));
            }
            lists.extend(values.into_iter().map(|value| {
                let mut args = harmless(name);
                args[rule.arg] = value;
                args
            }));
        }
        lists
    }
}

/// Arguments with which a call does nothing.
pub fn harmless(name: &str) -> [u64; 6] {
    match name {
        // No stack of its own.
        "clone" => [BAD, 0, 0, 0, 0, BAD],
        // FUTEX_WAKE: an operation that it does not know is `ENOSYS` to the kernel too.
        "futex" => [BAD, 1, BAD, BAD, BAD, BAD],
        _ => [BAD; 6],
    }
}

/// Numbers and names of this architecture's calls: from the kernel's header, and those that are newer than many a header.
pub fn calls() -> Result<BTreeMap<u32, String>, String> {
    const NEWER: [&str; 19] = [
        "cachestat",
        "fchmodat2",
        "map_shadow_stack",
        "futex_wake",
        "futex_wait",
        "futex_requeue",
        "statmount",
        "listmount",
        "lsm_get_self_attr",
        "lsm_set_self_attr",
        "lsm_list_modules",
        "mseal",
        "setxattrat",
        "getxattrat",
        "listxattrat",
        "removexattrat",
        "open_tree_attr",
        "file_getattr",
        "file_setattr",
    ];
    const HEADER: &str = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
    let header = ["/usr/include/asm/unistd_64.h", HEADER].iter().find_map(|path| std::fs::read_to_string(path).ok());
    let header = header.ok_or(format!("there is no {HEADER} (package linux-libc-dev)"))?;
    let defined = header.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        Some((number.trim().parse().ok()?, name.to_owned()))
    });
    let newer = (451..).zip(NEWER).map(|(number, name)| (number, name.to_owned()));
    Ok(newer.chain(defined).collect())
}
