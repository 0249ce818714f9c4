//! What a slot's PID namespace uses, looked at from outside the runs: the meter of `rlimit` mode.
//!
//! CPU: each process's CPU clock (nanoseconds, all threads) plus what its waited-for children left in
//! /proc/PID/stat, plus what was reaped here. Where a parent ignores SIGCHLD its children's time vanishes
//! from all of these; what an earlier look had seen of it is kept, so the sum never falls.
//! Memory: resident pages of all processes, and the box's files, which live in memory. Pages that processes share are
//! counted for each of them. Page tables and what was swapped out count too; what the kernel keeps besides (sockets, pipes,
//! lists of mappings) does not: the numbers of processes and of open files bound that.
use super::sys;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// One look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub cpu_us: u64,
    pub memory_bytes: u64,
}

/// The looks at one run so far.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// The last look's plain sum.
    last_us: u64,
    /// Never falls.
    seen_us: u64,
    peak_bytes: u64,
}

impl Sampler {
    /// Takes in one look's sum. What vanished since the last look stays counted.
    fn add(&mut self, sum_us: u64) -> u64 {
        self.seen_us += sum_us.saturating_sub(self.last_us);
        self.last_us = sum_us;
        self.seen_us
    }

    /// Looks now. `reaped_us`: CPU time of processes already waited for here; `files`: bytes in the box.
    /// `limit`: a process whose address space is no larger than this hides nothing of note.
    pub(super) fn look(&mut self, proc: &OwnedFd, reaped_us: u64, files: u64, limit: u64) -> Look {
        let mut sum = reaped_us;
        let mut resident = 0;
        for pid in pids(proc) {
            let Some(stat) = read_stat(proc, pid) else { continue };
            sum += sys::process_cpu_us(pid).unwrap_or(0) + stat.children_us;
            resident += stat.resident_bytes;
            if stat.virtual_bytes > limit {
                resident += hidden_bytes(proc, pid);
            }
        }
        self.peak_bytes = self.peak_bytes.max(resident + files);
        Look { cpu_us: self.add(sum), memory_bytes: resident + files }
    }

    /// CPU time in all, when everything is reaped and the kernel's own count of it is known.
    pub(super) fn total_us(&mut self, reaped_us: u64) -> u64 {
        self.add(reaped_us).max(reaped_us)
    }

    pub(super) const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }
}

struct Stat {
    children_us: u64,
    virtual_bytes: u64,
    resident_bytes: u64,
}

/// Every process in the namespace but PID 1, which is the zygote.
fn pids(proc: &OwnedFd) -> Vec<libc::pid_t> {
    use nix::dir::Dir;
    use nix::fcntl::OFlag;
    let Ok(mut dir) = Dir::openat(proc, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty()) else {
        return Vec::new();
    };
    dir.iter().flatten().filter_map(|e| e.file_name().to_str().ok()?.parse().ok()).filter(|pid| *pid > 1).collect()
}

/// What a process has beside its resident pages (`VmPTE`, `VmSwap` of /proc/PID/status): page tables, of which a page that was
/// only read needs 4 KiB in every 2 MiB, and what was paged out.
fn hidden_bytes(proc: &OwnedFd, pid: libc::pid_t) -> u64 {
    let mut text = [0; 4096];
    let Some(text) = read(proc, &format!("{pid}/status"), &mut text) else { return 0 };
    // Line by line: the name in the first is the run's to choose, and need not be UTF-8.
    let kib = |line: &[u8]| -> Option<u64> {
        let line = std::str::from_utf8(line).ok()?;
        line.strip_prefix("VmPTE:").or_else(|| line.strip_prefix("VmSwap:"))?.trim().strip_suffix(" kB")?.parse().ok()
    };
    text.split(|b| *b == b'\n').filter_map(kib).sum::<u64>() * 1024
}

fn read<'a>(proc: &OwnedFd, name: &str, into: &'a mut [u8]) -> Option<&'a [u8]> {
    let flags = nix::fcntl::OFlag::O_RDONLY | nix::fcntl::OFlag::O_CLOEXEC;
    let fd = nix::fcntl::openat(proc, name, flags, nix::sys::stat::Mode::empty()).ok()?;
    let len = File::from(fd).read(into).ok()?;
    Some(&into[..len])
}

/// Fields 16, 17 (cutime, cstime, in ticks of 10 ms), 23 (vsize, in bytes) and 24 (rss, in pages) of /proc/PID/stat
/// (proc_pid_stat(5)).
fn read_stat(proc: &OwnedFd, pid: libc::pid_t) -> Option<Stat> {
    const TICK_US: u64 = 10_000;
    const PAGE: u64 = 4096;
    let mut text = [0; 1024];
    let text = read(proc, &format!("{pid}/stat"), &mut text)?;
    // The name in field 2 is the run's to choose: parse behind its last parenthesis.
    let rest = std::str::from_utf8(&text[text.iter().rposition(|b| *b == b')')? + 1..]).ok()?;
    let mut fields = rest.split_ascii_whitespace().skip(13);
    let cutime: i64 = fields.next()?.parse().ok()?;
    let cstime: i64 = fields.next()?.parse().ok()?;
    let virtual_bytes = fields.nth(5)?.parse().ok()?;
    let resident: i64 = fields.next()?.parse().ok()?;
    Some(Stat {
        children_us: (cutime.max(0) + cstime.max(0)).unsigned_abs() * TICK_US,
        virtual_bytes,
        resident_bytes: resident.max(0).unsigned_abs() * PAGE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_that_vanishes_stays_counted() {
        let mut s = Sampler::default();
        assert_eq!(s.add(10), 10);
        assert_eq!(s.add(30), 30);
        // A child of a parent that ignores SIGCHLD is gone, with 20 µs.
        assert_eq!(s.add(10), 30);
        assert_eq!(s.add(15), 35);
        assert_eq!(s.total_us(16), 36);
    }

    #[test]
    fn our_own_numbers_can_be_read() {
        let proc = OwnedFd::from(File::open("/proc").unwrap());
        let me = libc::pid_t::try_from(std::process::id()).unwrap();
        let stat = read_stat(&proc, me).unwrap();
        assert!(stat.resident_bytes > 100_000 && stat.virtual_bytes > stat.resident_bytes);
        let page_tables = hidden_bytes(&proc, me);
        assert!((4096..stat.virtual_bytes).contains(&page_tables), "{page_tables}");
        assert!(sys::process_cpu_us(me).is_some());
        assert!(pids(&proc).contains(&me));
    }
}
