//! What a slot's PID namespace uses, looked at from outside the runs: the meter of `rlimit` mode.
//!
//! CPU: two sums, of which the greater counts. One is plain: what was reaped here, plus each process's CPU clock (nanoseconds, all
//! threads) and what its waited-for children left in /proc/PID/stat (in ticks); what vanishes from it between two looks stays in it. The other goes
//! from look to look, by the clocks of the processes alone. What neither can see is a process whose parent ignores SIGCHLD, from the
//! last look at it to its end: where such may be about, the next look comes soon ([`Look::hidden`]), and where the kernel has a
//! [`RunClock`] for us, what that says of the time between two looks counts in the second sum. It misses nothing, but has in it what a hypervisor or an
//! interrupt took from the run (3% and more, on a busy machine), so it is not asked where nobody can have vanished, and if at the end it says
//! hardly more than the kernel's own count of those that were waited for, that count is the answer.
//! Memory: resident pages of all processes, and the box's files, which live in memory. Pages that processes share are
//! counted for each of them. Page tables and what was swapped out count too; what the kernel keeps besides (sockets, pipes,
//! lists of mappings) does not: the numbers of processes and of open files bound that.
use super::fault::{At, Fault, Step};
use super::perf::RunClock;
use super::sys;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// What a slot is watched through.
#[derive(Debug)]
pub(super) struct Watch {
    proc: OwnedFd,
    clock: Option<RunClock>,
    /// Pages can leave memory other than by being given back.
    swap: bool,
    /// Where the clock stood when the last run was over: nobody it counts has been there since.
    clock_base_us: u64,
}

/// A run so short that nobody looked may hide no more than this, and the question whether it did is spared.
const SLIGHT_US: u64 = 1000;
/// What a process's waited-for children used is told in whole ticks, of user and of system time: so much less than it was.
const TICKS_US: u64 = 2 * TICK_US;
const TICK_US: u64 = 10_000;

impl Watch {
    /// Before the zygote's system-call policy, which forbids the clock.
    pub(super) fn open() -> Result<Self, Fault> {
        Ok(Self { proc: File::open("/proc").at(Step::Proc)?.into(), clock: RunClock::open(), swap: has_swap(), clock_base_us: 0 })
    }

    /// The looks at the run that comes next: nothing of the one before is left.
    pub(super) fn start(&self) -> Sampler {
        Sampler { clock_us: self.clock_base_us, ..Sampler::default() }
    }

    fn clock_us(&self) -> u64 {
        self.clock.as_ref().and_then(RunClock::read_us).unwrap_or(0)
    }
}

/// One look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub cpu_us: u64,
    pub memory_bytes: u64,
    /// Processes may have come and gone since the last look, uncounted.
    pub hidden: bool,
}

/// The looks at one run so far.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// CPU time in all, up to the last look: by the clock where somebody may have vanished meanwhile, else by the processes' own.
    clocked_us: u64,
    /// Where the clock stood then.
    clock_us: u64,
    /// The last look's plain sum.
    plain_us: u64,
    /// What the next one must be above, to be more.
    level_us: u64,
    /// Never falls.
    seen_us: u64,
    /// Each living process's start and CPU time when last looked at.
    living: BTreeMap<libc::pid_t, (u64, u64)>,
    /// The newest process or thread there was at the last look, if there was a look.
    last_pid: Option<u64>,
    peak_bytes: u64,
}

impl Sampler {
    /// Takes in one look's plain sum, of so many processes. What vanished since the last look stays counted; but where a child is waited for, up
    /// to some ticks of it only seem to have vanished, and come with the next child's.
    fn add(&mut self, sum_us: u64, processes: usize) {
        self.seen_us += sum_us.saturating_sub(self.level_us);
        let ticks = TICKS_US * (processes as u64).max(1);
        self.level_us = self.level_us.min(sum_us.saturating_add(ticks)).max(sum_us);
        self.plain_us = sum_us;
    }

    /// Takes in the processes there are, as (pid, (start, CPU time)). How much their own clocks went on since the last look; and whether
    /// all that were there then still are.
    fn meet(&mut self, living: BTreeMap<libc::pid_t, (u64, u64)>) -> (u64, bool) {
        // A pid may have been given again meanwhile, to a process with another start.
        let before = |pid, start| self.living.get(pid).filter(|(s, _)| *s == start).map_or(0, |(_, us)| *us);
        let rise = living.iter().map(|(pid, (start, us))| us.saturating_sub(before(pid, *start))).sum();
        let all = self.living.iter().all(|(pid, (start, _))| living.get(pid).is_some_and(|(s, _)| s == start));
        self.living = living;
        (rise, all)
    }

    /// Takes in how much could be seen to be used since the last look, and what the clock says now. `closed`: nobody can have vanished.
    fn advance(&mut self, rise_us: u64, clock_us: u64, closed: bool) {
        // The clock loses sight of who executes a file that it may not read (perf_event_exit_task), so it does not stand alone.
        self.clocked_us += if closed { rise_us } else { rise_us.max(clock_us.saturating_sub(self.clock_us)) };
        self.clock_us = clock_us;
    }

    const fn cpu_us(&self) -> u64 {
        if self.seen_us > self.clocked_us { self.seen_us } else { self.clocked_us }
    }

    /// Looks now. `reaped_us`: CPU time of processes already waited for here; `files`: bytes in the box.
    /// `limit`: a process whose address space is no larger than this hides nothing of note, where there is no swap.
    pub(super) fn look(&mut self, watch: &Watch, reaped_us: u64, files: u64, limit: u64) -> Look {
        let (mut sum, mut resident, mut new) = (reaped_us, 0, 0);
        let mut living = BTreeMap::new();
        for pid in pids(&watch.proc) {
            let Some(stat) = read_stat(&watch.proc, pid) else { continue };
            let own = sys::process_cpu_us(pid).unwrap_or(0);
            sum += own + stat.children_us;
            resident += stat.resident_bytes;
            new += u64::from(!self.living.contains_key(&pid));
            living.insert(pid, (stat.start, own));
            if watch.swap || stat.virtual_bytes > limit {
                resident += hidden_bytes(&watch.proc, pid);
            }
        }
        self.peak_bytes = self.peak_bytes.max(resident + files);
        let memory_bytes = resident + files;
        let last_pid = last_pid(&watch.proc);
        // The leader's is the first that is given in a run, and it is still there.
        let before = self.last_pid.or_else(|| living.keys().next().map(|first| u64::from(first.unsigned_abs()) - 1)).unwrap_or(0);
        self.last_pid = Some(last_pid);
        let hidden = last_pid.wrapping_sub(before) > new;
        self.add(sum, living.len());
        let (rise_us, all) = self.meet(living);
        self.advance(rise_us, watch.clock_us(), !hidden && all);
        Look { cpu_us: self.cpu_us(), memory_bytes, hidden }
    }

    /// CPU time in all, when everything is reaped and the kernel's own count of it is known. `leader`: the run's first process; `limit_us`:
    /// what a look must not have found to be passed.
    pub(super) fn total_us(&mut self, watch: &mut Watch, reaped_us: u64, leader: libc::pid_t, limit_us: u64) -> u64 {
        watch.clock_base_us = watch.clock_us();
        let alone = self.living.keys().all(|pid| *pid == leader);
        let rise_us = reaped_us.saturating_sub(self.plain_us);
        let told_us = watch.clock_base_us.saturating_sub(self.clock_us);
        let last = self.last_pid.unwrap_or_else(|| leader.unsigned_abs().into());
        let closed = told_us <= rise_us + SLIGHT_US || (alone && last_pid(&watch.proc) == last);
        self.end(reaped_us, rise_us.min(told_us), watch.clock_base_us, closed, limit_us)
    }

    fn end(&mut self, reaped_us: u64, rise_us: u64, clock_us: u64, closed: bool, limit_us: u64) -> u64 {
        let passed = self.cpu_us() > limit_us;
        self.add(reaped_us, 0);
        self.advance(rise_us, clock_us, closed);
        let all_us = self.cpu_us().max(reaped_us);
        // What the clock says more may be the machine's own; no more than what is promised of hidden children (README.md, "How exact").
        if !passed && all_us <= reaped_us + reaped_us / 100 * 3 + SLIGHT_US { reaped_us } else { all_us }
    }

    pub(super) const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }
}

/// The pid given last in our namespace: the last word of /proc/loadavg (proc_loadavg(5)). 0 where it can't be read.
fn last_pid(proc: &OwnedFd) -> u64 {
    let mut text = [0; 128];
    let text = read(proc, "loadavg", &mut text).and_then(|text| std::str::from_utf8(text).ok());
    text.and_then(|text| text.split_ascii_whitespace().last()?.parse().ok()).unwrap_or(0)
}

/// Whether there is anywhere to swap to: one line for each place, below the head (proc(5), /proc/swaps).
fn has_swap() -> bool {
    std::fs::read_to_string("/proc/swaps").is_ok_and(|text| text.lines().count() > 1)
}

struct Stat {
    children_us: u64,
    virtual_bytes: u64,
    /// When it began; with its pid, that tells it from all others.
    start: u64,
    resident_bytes: u64,
}

/// Every process in the namespace but PID 1, which is the zygote.
pub(super) fn pids(proc: &OwnedFd) -> Vec<libc::pid_t> {
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

/// Fields 16, 17 (cutime, cstime, in ticks of 10 ms), 22 (starttime), 23 (vsize, in bytes) and 24 (rss, in pages) of /proc/PID/stat
/// (proc_pid_stat(5)).
fn read_stat(proc: &OwnedFd, pid: libc::pid_t) -> Option<Stat> {
    const PAGE: u64 = 4096;
    let mut text = [0; 1024];
    let text = read(proc, &format!("{pid}/stat"), &mut text)?;
    // The name in field 2 is the run's to choose: parse behind its last parenthesis.
    let rest = std::str::from_utf8(&text[text.iter().rposition(|b| *b == b')')? + 1..]).ok()?;
    let mut fields = rest.split_ascii_whitespace().skip(13);
    let cutime: i64 = fields.next()?.parse().ok()?;
    let cstime: i64 = fields.next()?.parse().ok()?;
    let start = fields.nth(4)?.parse().ok()?;
    let virtual_bytes = fields.next()?.parse().ok()?;
    let resident: i64 = fields.next()?.parse().ok()?;
    Some(Stat {
        children_us: (cutime.max(0) + cstime.max(0)).unsigned_abs() * TICK_US,
        start,
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
        let mut add = |sum_ms: u64| {
            s.add(sum_ms * 1000, 2);
            s.seen_us / 1000
        };
        assert_eq!([add(10), add(300)], [10, 300]);
        // A child of a parent that ignores SIGCHLD is gone, with 200 ms, of which some may come back in ticks.
        assert_eq!([add(100), add(140), add(150)], [300, 300, 310]);
    }

    #[test]
    fn ticks_are_not_counted_twice() {
        let mut s = Sampler::default();
        // Children of 5 ms, one after the other, each looked at before its end; the parent has them in ticks of 10 ms.
        for child in 0..200_u64 {
            let ticks = child * 5_000 / TICK_US * TICK_US;
            s.add(ticks + 2_000, 2);
            s.add(ticks + 5_000, 2);
        }
        assert!((990_000..=1_005_000).contains(&s.seen_us), "{}", s.seen_us);
    }

    #[test]
    fn the_clock_counts_where_somebody_may_have_vanished() {
        let mut s = Sampler { clock_us: 100, ..Sampler::default() };
        let mut advance = |rise_us, clock_us, closed| {
            s.advance(rise_us, clock_us, closed);
            s.clocked_us
        };
        assert_eq!(advance(10, 113, true), 10);
        assert_eq!(advance(10, 128, false), 25);
        // It has lost sight of somebody.
        assert_eq!(advance(10, 128, false), 35);
        assert_eq!(advance(0, 140, true), 35);
        assert_eq!(advance(1, 141, false), 36);
    }

    #[test]
    fn at_the_end_the_kernel_s_own_count_stands_unless_the_clock_says_much_more() {
        let all = |clocked_us, reaped_us, limit_us| Sampler { clocked_us, ..Sampler::default() }.end(reaped_us, 0, 0, true, limit_us);
        assert_eq!(all(1_030_000, 1_000_000, 2_000_000), 1_000_000);
        assert_eq!(all(900_000, 1_000_000, 2_000_000), 1_000_000);
        for much_more in [1_032_000, 1_200_000] {
            assert_eq!(all(much_more, 1_000_000, 2_000_000), much_more);
        }
        // Somebody was killed for it.
        assert_eq!(all(1_030_000, 1_000_000, 1_020_000), 1_030_000);
        // The last of a process that was seen all the time.
        assert_eq!(
            Sampler { clocked_us: 700_000, plain_us: 200_000, level_us: 200_000, ..Sampler::default() }.end(300_000, 100_000, 9, true, 1),
            800_000
        );
    }

    #[test]
    fn every_process_s_own_clock_goes_on() {
        let mut s = Sampler::default();
        assert_eq!(s.meet(BTreeMap::from([(2, (5, 10)), (3, (5, 4))])), (14, true));
        assert_eq!(s.meet(BTreeMap::from([(2, (5, 11)), (3, (5, 4)), (4, (6, 2))])), (3, true));
        // 3 is gone; another has its pid.
        assert_eq!(s.meet(BTreeMap::from([(2, (5, 12)), (3, (9, 1)), (4, (6, 2))])), (2, false));
        assert_eq!(s.meet(BTreeMap::new()), (0, false));
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
        assert!(last_pid(&proc) >= 1);
    }
}
