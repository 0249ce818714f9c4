//! System-call filters. The policy's own comes ready-made as BPF (`profile` has `seccompiler` compile its rules) and is
//! installed once per slot, because installing a filter is dear: the kernel emulates it once for every call number, to see which
//! it always allows (since 5.11). The others it runs at every call, so that in both respects what counts is the way to a
//! number, not the filter's length.
//!
//! The policy's filters let pass what the zygote needs, and what the policy itself allows to nobody. The *gate*, installed
//! once per slot too, takes those calls back from all who don't know the slot's key: 64 random bits that the zygote's
//! wrappers (`sys`) pass in an argument register the call does not use. A run never sees the key: its registers and its
//! memory are new at execve(2), the zygote is non-dumpable, and a wrong guess at a call of the policy's `kill` list is its
//! end. Behind the gate it would meet a kernel that wants capabilities it has not. An earlier design added a filter to every
//! run instead; that cost a fifth of the whole run.
//!
//! What a policy does not even allow of the everyday calls that the zygote makes through libraries (none of the built-in
//! ones goes so far) is taken away by a filter of each run, the *lockdown*.
//!
//! seccompiler emits linear chains and knows two actions; here the numbers become a binary search ([`by_number`]).
use super::spec::Lockdown;
use super::sys::KEYED;
use libc::sock_filter;
use std::collections::BTreeMap;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const ENOSYS: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
/// Bit of the x32 ABI in a call number; it shares x86-64's audit architecture, so only the number tells.
const X32_BIT: u32 = 0x4000_0000;

const fn statement(code: u32, k: u32) -> sock_filter {
    #[expect(clippy::cast_possible_truncation, reason = "BPF opcodes are below 2^16")]
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

const fn jump(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    #[expect(clippy::cast_possible_truncation, reason = "BPF opcodes are below 2^16")]
    sock_filter { code: code as u16, jt, jf, k }
}

/// Offset of the call's number in `struct seccomp_data` (seccomp(2)).
const NUMBER: u32 = 0;
/// Offset of the sixth argument's lower half there; the upper one follows (x86-64 is little-endian).
const SIXTH: u32 = 16 + 5 * 8;

/// The filter of a slot: `lockdown`'s calls need the key, as far as they are [`KEYED`], and every x32 call is refused; all
/// else passes. The policy's filters stand before it and check the architecture, so this one does not.
pub(super) fn gate(lockdown: &Lockdown, key: u64) -> Vec<sock_filter> {
    let mut program =
        vec![load(NUMBER), jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, X32_BIT, 0, 1), statement(libc::BPF_RET | libc::BPF_K, KILL)];
    let (low, high) = (key & u64::from(u32::MAX), key >> 32);
    let half = |half: u64| u32::try_from(half).unwrap_or_default();
    // One comparison for both halves: a guess that has one of them right goes the same way, and takes as long, as one that has
    // neither. Otherwise the key would be no longer than a half.
    let body = |action| {
        vec![
            load(SIXTH),
            statement(libc::BPF_ALU | libc::BPF_XOR | libc::BPF_K, half(low)),
            statement(libc::BPF_MISC | libc::BPF_TAX, 0),
            load(SIXTH + 4),
            statement(libc::BPF_ALU | libc::BPF_XOR | libc::BPF_K, half(high)),
            statement(libc::BPF_ALU | libc::BPF_OR | libc::BPF_X, 0),
            jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 0, 1),
            statement(libc::BPF_RET | libc::BPF_K, ALLOW),
            statement(libc::BPF_RET | libc::BPF_K, action),
        ]
    };
    search(&intervals(&calls(lockdown, true)), &|action| body(*action), ALLOW, &mut program);
    program
}

/// The filter of each run, if its policy needs one: `lockdown`'s other calls.
pub(super) fn lockdown(lockdown: &Lockdown) -> Option<Vec<sock_filter>> {
    let calls = calls(lockdown, false);
    if calls.is_empty() {
        return None;
    }
    let mut program = vec![load(NUMBER)];
    search(&intervals(&calls), &|action| vec![statement(libc::BPF_RET | libc::BPF_K, *action)], ALLOW, &mut program);
    Some(program)
}

const fn load(offset: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

/// What is refused, and how, in order of the numbers: of the calls that have a key, or of the others.
fn calls(lockdown: &Lockdown, with_key: bool) -> Vec<(u32, u32)> {
    let keyed = |n: u32| KEYED.contains(&n.into());
    let all = lockdown.errno.iter().map(|n| (*n, ENOSYS)).chain(lockdown.kill.iter().map(|n| (*n, KILL)));
    let mut calls: Vec<(u32, u32)> = all.filter(|(n, _)| keyed(*n) == with_key).collect();
    // Where a call stands in both lists the harder action wins: sorted first, and kept.
    calls.sort_unstable_by_key(|(n, action)| (*n, *action == ENOSYS));
    calls.dedup_by_key(|(n, _)| *n);
    calls
}

/// Calls with consecutive numbers and the same action, as (first, last, action).
fn intervals(calls: &[(u32, u32)]) -> Vec<(u32, u32, u32)> {
    let mut out: Vec<(u32, u32, u32)> = Vec::new();
    for &(n, action) in calls {
        match out.last_mut() {
            Some((_, last, a)) if *last + 1 == n && *a == action => *last = n,
            _ => out.push((n, n, action)),
        }
    }
    out
}

/// Appends a search tree over `calls`, with `body` for what is in one of them and `otherwise` for what is in none: every path
/// ends in a return.
fn search<T>(calls: &[(u32, u32, T)], body: &dyn Fn(&T) -> Vec<sock_filter>, otherwise: u32, program: &mut Vec<sock_filter>) {
    match calls {
        [] => program.push(statement(libc::BPF_RET | libc::BPF_K, otherwise)),
        [(first, last, action)] => {
            let body = body(action);
            program.push(jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, *first, 0, 1));
            program.push(jump(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K, *last, 0, 1));
            program.push(statement(libc::BPF_RET | libc::BPF_K, otherwise));
            program.extend(body);
        }
        _ => {
            let (left, right) = calls.split_at(calls.len() / 2);
            let at = program.len();
            program.push(jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, right[0].0, 0, 0));
            search(left, body, otherwise, program);
            // An unconditional jump reaches further than the 8 bits of a conditional one.
            let skip = program.len() - at - 1;
            if let Ok(skip) = u8::try_from(skip) {
                program[at].jt = skip;
            } else {
                program[at] = jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, right[0].0, 0, 1);
                program.insert(at + 1, statement(libc::BPF_JMP | libc::BPF_JA, u32::try_from(skip).unwrap_or(u32::MAX)));
            }
            search(right, body, otherwise, program);
        }
    }
}

/// What a policy does with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It passes.
    Allow,
    /// It ends the run with SIGSYS.
    Kill,
    /// It depends: instructions that find the call's number loaded, and return on every path.
    Ask(Vec<u64>),
}

/// A policy's filter, packed as it goes over the wire: `head` (which checks the architecture) and a search by number. A number
/// that is not among `fates` fails with ENOSYS.
pub fn by_number(head: &[u64], fates: &BTreeMap<u32, Fate>) -> Vec<u64> {
    let mut intervals: Vec<(u32, u32, &Fate)> = Vec::new();
    for (&n, fate) in fates {
        match intervals.last_mut() {
            Some((_, last, same)) if *last + 1 == n && *same == fate && !matches!(fate, Fate::Ask(_)) => *last = n,
            _ => intervals.push((n, n, fate)),
        }
    }
    let mut program = unpack(head);
    program.push(load(NUMBER));
    let body = |fate: &&Fate| match fate {
        Fate::Allow => vec![statement(libc::BPF_RET | libc::BPF_K, ALLOW)],
        Fate::Kill => vec![statement(libc::BPF_RET | libc::BPF_K, KILL)],
        Fate::Ask(instructions) => unpack(instructions),
    };
    search(&intervals, &body, ENOSYS, &mut program);
    pack(&program)
}

fn pack(program: &[sock_filter]) -> Vec<u64> {
    program.iter().map(|i| u64::from(i.code) | u64::from(i.jt) << 16 | u64::from(i.jf) << 24 | u64::from(i.k) << 32).collect()
}

/// Unpacks a filter as it came over the wire.
pub(super) fn unpack(words: &[u64]) -> Vec<sock_filter> {
    words
        .iter()
        .map(|w| {
            let [c0, c1, jt, jf, k @ ..] = w.to_le_bytes();
            sock_filter { code: u16::from_le_bytes([c0, c1]), jt, jf, k: u32::from_le_bytes(k) }
        })
        .collect()
}

#[cfg(test)]
mod tests;
