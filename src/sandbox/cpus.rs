//! Which CPUs a process runs on. What fails here leaves it where it is: a place is a wish.
use super::sys::{self, CpuBits};
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

/// How many this process may use. std looks through its cgroups too, which are out of a zygote's sight.
pub(super) fn count() -> nix::Result<u64> {
    Ok(sys::affinity()?.iter().map(|word| u64::from(word.count_ones())).sum())
}

/// Sends a child that was just made to another CPU than ours, where it may use others. Kernels that pack what they have on few CPUs
/// start a child on its maker's, with others idle, and each waits for the other. From there it may go anywhere.
pub(super) fn send_away(child: Pid) {
    if let (Ok(all), Some(ours)) = (sys::affinity(), sys::own_cpu()) {
        send(child, &all, ours);
    }
}

fn send(child: Pid, all: &CpuBits, from: usize) {
    let mut others = *all;
    others.iter_mut().zip(only(from)).for_each(|(word, bit)| *word &= !bit);
    if others != [0; 16] && sys::set_affinity(child.as_raw(), &others).is_ok() {
        let _ = sys::set_affinity(child.as_raw(), all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    #[test]
    fn a_child_is_sent_to_another_cpu_and_may_come_back() {
        let all = sys::affinity().unwrap();
        let (tell, told) = channel();
        // A thread, which has an affinity of its own as a process has.
        let child = std::thread::spawn(move || {
            let first = sys::own_cpu().unwrap();
            sys::set_affinity(0, &only(first)).unwrap();
            tell.send((nix::unistd::gettid(), first)).unwrap();
            let began = Instant::now();
            while sys::own_cpu() == Some(first) && began.elapsed() < Duration::from_secs(10) {}
            (first, sys::own_cpu().unwrap())
        });
        let (id, first) = told.recv().unwrap();
        if count().unwrap() == 1 {
            // There is no other: it stays as it is, and would wait for its ten seconds.
            return;
        }
        send(id, &all, first);
        let (first, last) = child.join().unwrap();
        assert_ne!(first, last);
    }

    #[test]
    fn who_has_one_cpu_keeps_it() {
        let one = only(3);
        send(Pid::from_raw(0), &one, 3);
        assert_eq!((only(0)[0], only(65)[1], only(1 << 20)), (1, 2, [0; 16]));
        assert!(count().unwrap() >= 1);
    }
}
