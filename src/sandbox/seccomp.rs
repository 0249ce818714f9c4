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
    let body = |action| {
        vec![
            load(SIXTH),
            jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, half(low), 0, 3),
            load(SIXTH + 4),
            jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, half(high), 0, 1),
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
mod tests {
    use super::*;

    /// What the kernel's interpreter does with the few instructions used here.
    fn run(program: &[sock_filter], nr: u32, sixth: u64) -> u32 {
        let data = |offset| match offset {
            NUMBER => nr,
            SIXTH => (sixth & 0xffff_ffff) as u32,
            _ => (sixth >> 32) as u32,
        };
        let (mut at, mut loaded) = (0, 0);
        loop {
            let i = program[at];
            at += 1;
            let jump = |taken| usize::from(if taken { i.jt } else { i.jf });
            match u32::from(i.code) {
                code if code == libc::BPF_RET | libc::BPF_K => return i.k,
                code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => loaded = data(i.k),
                code if code == libc::BPF_JMP | libc::BPF_JA => at += i.k as usize,
                code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => at += jump(loaded >= i.k),
                code if code == libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K => at += jump(loaded > i.k),
                code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => at += jump(loaded == i.k),
                code => panic!("an instruction that is not used here: {code:#x}"),
            }
        }
    }

    fn number(call: libc::c_long) -> u32 {
        call.try_into().unwrap()
    }

    const KEY: u64 = 0x0123_4567_89ab_cdef;

    #[test]
    fn the_gate_opens_to_the_key_alone() {
        let split = KEYED.len() / 2;
        let lockdown = Lockdown {
            kill: KEYED[..split].iter().map(|n| number(*n)).chain([number(libc::SYS_read)]).collect(),
            errno: KEYED.iter().map(|n| number(*n)).collect(),
        };
        let program = gate(&lockdown, KEY);
        for nr in 0..600 {
            let refused = match KEYED.iter().position(|n| number(*n) == nr) {
                Some(at) if at < split => KILL,
                Some(_) => ENOSYS,
                None => ALLOW,
            };
            assert_eq!(run(&program, nr, KEY), ALLOW, "{nr}");
            for wrong in [0, 1, KEY ^ 1, KEY ^ (1 << 63), KEY >> 32, KEY << 32, KEY & 0xffff_ffff, u64::MAX] {
                assert_eq!(run(&program, nr, wrong), refused, "{nr} {wrong:#x}");
            }
        }
        assert_eq!(run(&program, X32_BIT, KEY), KILL);
        assert_eq!(run(&program, u32::MAX, KEY), KILL);
    }

    #[test]
    fn what_has_no_key_is_taken_from_each_run() {
        let none = Lockdown { kill: vec![number(libc::SYS_fsopen)], errno: vec![number(libc::SYS_clone3)] };
        assert!(super::lockdown(&none).is_none());
        let some = Lockdown { kill: vec![155, 164, 166], errno: vec![57, 101, 164, number(libc::SYS_clone3)] };
        let program = super::lockdown(&some).unwrap();
        for nr in 0..600 {
            let want = match nr {
                155 | 164 => KILL,
                // The gate's business, which it is too where both lists have it.
                57 | 101 => ENOSYS,
                _ => ALLOW,
            };
            assert_eq!(run(&program, nr, KEY), want, "{nr}");
        }
    }

    #[test]
    fn every_number_finds_its_fate() {
        // "Ask" in three instructions: killed where the sixth argument is 7, else it passes.
        let asked = [
            load(SIXTH),
            jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 7, 0, 1),
            statement(libc::BPF_RET | libc::BPF_K, KILL),
            statement(libc::BPF_RET | libc::BPF_K, ALLOW),
        ];
        let fate = |nr: u32| match nr % 7 {
            0 | 1 => Some(Fate::Allow),
            2 | 3 => Some(Fate::Kill),
            4 => Some(Fate::Ask(pack(&asked))),
            _ => None,
        };
        let fates = (0..450).filter_map(|nr| Some((nr, fate(nr)?))).collect();
        let program = unpack(&by_number(&[], &fates));
        for nr in (0..600).chain([X32_BIT, u32::MAX]) {
            for sixth in [0, 7] {
                let want = match fate(nr).filter(|_| nr < 450) {
                    Some(Fate::Allow) => ALLOW,
                    Some(Fate::Kill) => KILL,
                    Some(Fate::Ask(_)) => {
                        if sixth == 7 {
                            KILL
                        } else {
                            ALLOW
                        }
                    }
                    None => ENOSYS,
                };
                assert_eq!(run(&program, nr, sixth), want, "{nr}");
            }
        }
    }

    #[test]
    fn a_long_list_still_jumps_right() {
        let long = Lockdown { kill: (0..400).step_by(2).filter(|n| !KEYED.contains(&(*n).into())).collect(), errno: vec![] };
        let program = super::lockdown(&long).unwrap();
        for nr in 0..500 {
            assert_eq!(run(&program, nr, 0), if long.kill.contains(&nr) { KILL } else { ALLOW }, "{nr}");
        }
    }
}
