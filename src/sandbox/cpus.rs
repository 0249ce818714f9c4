//! Which CPUs a process runs on, and how long at a time. What fails here leaves it as it is: both are wishes.
use super::sys::{self, CpuBits};
use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu};
use nix::unistd::Pid;

/// Every one.
pub(super) const ALL: CpuBits = [u64::MAX; 16];

/// This one alone.
pub(super) fn only(cpu: usize) -> CpuBits {
    let mut bits: CpuBits = [0; 16];
    if let Some(word) = bits.get_mut(cpu / 64) {
        *word = 1 << (cpu % 64);
    }
    bits
}

/// Those that this process may use.
fn allowed() -> nix::Result<CpuBits> {
    let set = sched_getaffinity(Pid::from_raw(0))?;
    let mut bits: CpuBits = [0; 16];
    for cpu in (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)) {
        bits.iter_mut().zip(only(cpu)).for_each(|(word, bit)| *word |= bit);
    }
    Ok(bits)
}

/// How many this process may use. std looks through its cgroups too, which are out of a zygote's sight.
pub(super) fn count() -> nix::Result<u64> {
    Ok(allowed()?.iter().map(|word| u64::from(word.count_ones())).sum())
}

/// Sends a child that was just made to another CPU than ours, where it may use others. Kernels that pack what they have on few CPUs
/// start a child on its maker's, with others idle, and each waits for the other. From there it may go anywhere, unless it has become another
/// user's meanwhile (a set-uid program), who is left where he is.
pub(super) fn send_away(child: Pid) {
    if let (Ok(all), Ok(ours)) = (allowed(), sched_getcpu()) {
        send(child, &all, ours);
    }
}

fn send(child: Pid, all: &CpuBits, from: usize) {
    if let Some(others) = without(all, from)
        && sys::set_affinity(child.as_raw(), &others).is_ok()
    {
        let _ = sys::set_affinity(child.as_raw(), all);
    }
}

/// All but one, if any is left.
fn without(all: &CpuBits, cpu: usize) -> Option<CpuBits> {
    let mut others = *all;
    others.iter_mut().zip(only(cpu)).for_each(|(word, bit)| *word &= !bit);
    (others != [0; 16]).then_some(others)
}

/// How long a zygote and its runs have a CPU when others want it too, in nanoseconds: twice what the kernel takes for two CPUs.
const SLICE: u64 = 3_000_000;

/// Lets ourselves, and whoever is cloned from now on, run on for [`SLICE`] when it is another's turn, but give way at once to who wakes and
/// asks for less (sched(7), sched_setattr(2): `sched_runtime` of ordinary processes, since 6.12). Those are the supervisor, and the kernel's
/// threads: one of them is waited for where a mount namespace ends (`zygote`), and would wait for the program there itself.
pub(super) fn take_longer_turns() {
    // Real-time processes have no such turns.
    if let Some(mut attr) =
        turns().filter(|attr| [libc::SCHED_OTHER, libc::SCHED_BATCH].map(i32::cast_unsigned).contains(&attr.sched_policy))
    {
        attr.sched_runtime = SLICE;
        // SAFETY: `attr` is live and as long as it says; all but the runtime is as the kernel has it.
        unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attr, 0) };
    }
}

/// How it is our turn (sched_getattr(2)).
fn turns() -> Option<libc::sched_attr> {
    let mut attr = libc::sched_attr {
        size: SCHED_ATTR_SIZE,
        sched_policy: 0,
        sched_flags: 0,
        sched_nice: 0,
        sched_priority: 0,
        sched_runtime: 0,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: `attr` is live and as long as it says.
    let got = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attr, SCHED_ATTR_SIZE, 0) };
    (got == 0).then_some(libc::sched_attr { size: SCHED_ATTR_SIZE, ..attr })
}

/// Up to `sched_period`: what came later (since 5.3) is no business of ours.
const SCHED_ATTR_SIZE: u32 = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn cpus_are_bits() {
        assert_eq!((only(0)[0], only(65)[1], only(1 << 20)), (1, 2, [0; 16]));
        assert_eq!(without(&only(3), 3), None);
        assert_eq!(without(&ALL, 64).map(|others| (others[0], others[1])), Some((u64::MAX, u64::MAX - 1)));
        assert!(count().unwrap() >= 1);
    }

    #[test]
    fn turns_get_longer_and_nothing_else_changes() {
        // A thread has turns of its own, as a process has.
        let (before, after) = std::thread::spawn(|| {
            let before = turns().unwrap();
            take_longer_turns();
            (before, turns().unwrap())
        })
        .join()
        .unwrap();
        let rest = |attr: &libc::sched_attr| (attr.sched_policy, attr.sched_flags, attr.sched_nice, attr.sched_priority);
        assert_eq!(rest(&before), rest(&after));
        // A kernel that does not say how long they are (before 6.12) leaves them as they are.
        assert_eq!(after.sched_runtime, if before.sched_runtime == 0 { 0 } else { SLICE });
    }

    /// Where it goes is the kernel's choice, and how long it stays there.
    #[test]
    fn who_was_sent_away_may_come_back() {
        let all = allowed().unwrap();
        let (tell, told) = channel();
        let (go_on, wait) = channel::<()>();
        // A thread has an affinity of its own, as a process has.
        let child = std::thread::spawn(move || {
            let cpu = sched_getcpu().unwrap();
            sys::set_affinity(0, &only(cpu)).unwrap();
            tell.send((nix::unistd::gettid(), cpu)).unwrap();
            wait.recv().unwrap();
            allowed().unwrap()
        });
        let (id, cpu) = told.recv().unwrap();
        send(id, &all, cpu);
        go_on.send(()).unwrap();
        // With one CPU there is nowhere to go, and it is as before.
        assert_eq!(child.join().unwrap(), if count().unwrap() > 1 { all } else { only(cpu) });
    }
}
