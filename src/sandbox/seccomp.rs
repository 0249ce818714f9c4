//! System-call filters. The policy's own come ready-made as BPF (`profile` compiles them with `seccompiler`)
//! and are installed once per slot, because a long filter costs a millisecond to install. What is left for
//! each run is the lockdown filter below: it takes away the calls that only the zygote needs.
//!
//! seccompiler emits a linear chain and two actions; here every run pays for each instruction on a path
//! (the kernel emulates a new filter once per call number, seccomp(2) since 5.11), so the numbers become a
//! binary search.
use super::spec::Lockdown;
use libc::sock_filter;

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

/// The filter of one run: `lockdown`'s calls and every x32 call are refused, all else passes.
///
/// The slot's own filters stand before it and check the architecture, so this one does not.
pub(super) fn lockdown_filter(lockdown: &Lockdown) -> Vec<sock_filter> {
    let mut calls: Vec<(u32, u32)> = lockdown.errno.iter().map(|n| (*n, ENOSYS)).chain(lockdown.kill.iter().map(|n| (*n, KILL))).collect();
    // Where a call stands in both lists the harder action wins: sorted last, kept by the dedup below.
    calls.sort_unstable_by_key(|(n, action)| (*n, *action == ENOSYS));
    calls.dedup_by_key(|(n, _)| *n);
    let mut program = vec![
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, X32_BIT, 0, 1),
        statement(libc::BPF_RET | libc::BPF_K, KILL),
    ];
    search(&intervals(&calls), &mut program);
    program
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

/// Appends a search tree over `calls`: every path ends in a return.
fn search(calls: &[(u32, u32, u32)], program: &mut Vec<sock_filter>) {
    match calls {
        [] => program.push(statement(libc::BPF_RET | libc::BPF_K, ALLOW)),
        [(first, last, action)] => {
            program.push(jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, *first, 0, 2));
            program.push(jump(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K, *last, 1, 0));
            program.push(statement(libc::BPF_RET | libc::BPF_K, *action));
            program.push(statement(libc::BPF_RET | libc::BPF_K, ALLOW));
        }
        _ => {
            let (left, right) = calls.split_at(calls.len() / 2);
            let at = program.len();
            program.push(jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, right[0].0, 0, 0));
            search(left, program);
            // An unconditional jump reaches further than the 8 bits of a conditional one.
            let skip = program.len() - at - 1;
            if let Ok(skip) = u8::try_from(skip) {
                program[at].jt = skip;
            } else {
                program[at] = jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, right[0].0, 0, 1);
                program.insert(at + 1, statement(libc::BPF_JMP | libc::BPF_JA, u32::try_from(skip).unwrap_or(u32::MAX)));
            }
            search(right, program);
        }
    }
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
    fn run(program: &[sock_filter], nr: u32) -> u32 {
        let mut at = 0;
        loop {
            let i = program[at];
            at += 1;
            let code = u32::from(i.code);
            if code == libc::BPF_RET | libc::BPF_K {
                return i.k;
            } else if code == libc::BPF_JMP | libc::BPF_JA {
                at += i.k as usize;
            } else if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K {
                at += usize::from(if nr >= i.k { i.jt } else { i.jf });
            } else if code == libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K {
                at += usize::from(if nr > i.k { i.jt } else { i.jf });
            }
        }
    }

    #[test]
    fn every_call_number_gets_its_action() {
        let lockdown =
            Lockdown { kill: vec![155, 165, 166, 308, 428, 429, 430, 431, 432, 442], errno: vec![272, 317, 435, 444, 445, 446, 165] };
        let program = lockdown_filter(&lockdown);
        for nr in 0..600 {
            let want = if lockdown.kill.contains(&nr) {
                KILL
            } else if lockdown.errno.contains(&nr) {
                ENOSYS
            } else {
                ALLOW
            };
            assert_eq!(run(&program, nr), want, "{nr}");
        }
        assert_eq!(run(&program, X32_BIT), KILL);
        assert_eq!(run(&program, u32::MAX), KILL);
    }

    #[test]
    fn a_long_list_still_jumps_right() {
        let lockdown = Lockdown { kill: (0..400).step_by(2).collect(), errno: vec![] };
        let program = lockdown_filter(&lockdown);
        for nr in 0..500 {
            let want = if nr < 400 && nr % 2 == 0 { KILL } else { ALLOW };
            assert_eq!(run(&program, nr), want, "{nr}");
        }
    }
}
