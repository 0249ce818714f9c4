//! An exact count of the CPU time of a slot's runs, where the kernel lets an unprivileged process have one
//! (perf_event_open(2) with `kernel.perf_event_paranoid` of 2 or less, which is the kernel's own default; Debian, Ubuntu and
//! container engines forbid more).
//!
//! One event on the zygote, inherited by all that is ever cloned below it and enabled by execve: the zygote's own time is
//! not in it. A process's count is added to the event's when it ends, whoever waits for it, or nobody.
use nix::errno::Errno;
use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// CPU time of every run of this process, since [`RunClock::open`].
#[derive(Debug)]
pub(super) struct RunClock {
    event: File,
    /// Of this process alone, and never enabled: with it a child's events are not a copy of ours. Where they are, the kernel
    /// exchanges the two at a context switch to save work (perf_event_context_sched_out), and it is our event that the child's execve
    /// enables, once and for all, and its end takes away: no run after it would be counted.
    _own: OwnedFd,
}

/// `struct perf_event_attr` in its first version (`PERF_ATTR_SIZE_VER0`), which every kernel takes.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    config1: u64,
}

impl Attributes {
    /// perf_event_open(2).
    fn open(&self) -> Option<OwnedFd> {
        const CLOSE_ON_EXEC: libc::c_ulong = 8;
        // SAFETY: a live perf_event_attr of the size it states; the rest are integers: this process, any CPU, no group.
        let fd = Errno::result(unsafe { libc::syscall(libc::SYS_perf_event_open, std::ptr::from_ref(self), 0, -1, -1, CLOSE_ON_EXEC) });
        let fd = RawFd::try_from(fd.ok()?).ok()?;
        // SAFETY: the kernel has just made this descriptor for us and nobody else knows it.
        Some(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

impl RunClock {
    /// For the processes this one clones from now on. `None`: not to be had here.
    pub(super) fn open() -> Option<Self> {
        const SOFTWARE: u32 = 1;
        const TASK_CLOCK: u64 = 1;
        const DISABLED: u64 = 1;
        const INHERIT: u64 = 1 << 1;
        // What an unprivileged process must give up; this event is a clock, and runs in the kernel all the same.
        const EXCLUDE_KERNEL: u64 = 1 << 5;
        const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
        const ENABLE_ON_EXEC: u64 = 1 << 12;
        let attributes = Attributes {
            kind: SOFTWARE,
            size: u32::try_from(size_of::<Attributes>()).ok()?,
            config: TASK_CLOCK,
            flags: DISABLED | INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR | ENABLE_ON_EXEC,
            ..Attributes::default()
        };
        let own = Attributes { flags: attributes.flags & !(INHERIT | ENABLE_ON_EXEC), ..attributes };
        Some(Self { event: File::from(attributes.open()?), _own: own.open()? })
    }

    /// In microseconds; `None` where it can't be read.
    pub(super) fn read_us(&self) -> Option<u64> {
        let mut count = [0; 8];
        (&self.event).read_exact(&mut count).ok()?;
        Some(u64::from_ne_bytes(count) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn children_count_and_their_parent_does_not() {
        let Some(clock) = RunClock::open() else {
            eprintln!("skipped: kernel.perf_event_paranoid forbids it");
            return;
        };
        // Threads of the test runner clone too: this one is the parent here.
        let burn = "i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done";
        let before = clock.read_us().unwrap();
        assert!(Command::new("sh").args(["-c", burn]).status().unwrap().success());
        let after = clock.read_us().unwrap();
        assert!(after - before > 1000, "{before} {after}");
        let spent = std::time::Instant::now();
        while spent.elapsed().as_millis() < 50 {}
        assert_eq!(clock.read_us().unwrap(), after);
    }

    #[test]
    fn a_switch_from_parent_to_child_does_not_end_it() {
        let Some(clock) = RunClock::open() else {
            eprintln!("skipped: kernel.perf_event_paranoid forbids it");
            return;
        };
        // On one CPU the child comes right after us.
        let cpus = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)).unwrap();
        let cpu = (0..nix::sched::CpuSet::count()).find(|cpu| cpus.is_set(*cpu).unwrap()).unwrap();
        let mut one = nix::sched::CpuSet::new();
        one.set(cpu).unwrap();
        nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &one).unwrap();
        for run in 0..30 {
            let before = clock.read_us().unwrap();
            assert!(Command::new("true").status().unwrap().success());
            assert!(clock.read_us().unwrap() > before, "run {run} was not counted");
        }
    }
}
