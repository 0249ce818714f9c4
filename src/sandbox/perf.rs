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
pub(super) struct RunClock(File);

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
        const CLOSE_ON_EXEC: libc::c_ulong = 8;
        let attributes = Attributes {
            kind: SOFTWARE,
            size: u32::try_from(size_of::<Attributes>()).ok()?,
            config: TASK_CLOCK,
            flags: DISABLED | INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR | ENABLE_ON_EXEC,
            ..Attributes::default()
        };
        // SAFETY: `attributes` is a live perf_event_attr of the size it states; the rest are integers: this process, any
        // CPU, no group.
        let fd = Errno::result(unsafe { libc::syscall(libc::SYS_perf_event_open, &raw const attributes, 0, -1, -1, CLOSE_ON_EXEC) });
        let fd = RawFd::try_from(fd.ok()?).ok()?;
        // SAFETY: the kernel has just made this descriptor for us and nobody else knows it.
        Some(Self(File::from(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    /// In microseconds; `None` where it can't be read.
    pub(super) fn read_us(&self) -> Option<u64> {
        let mut count = [0; 8];
        (&self.0).read_exact(&mut count).ok()?;
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
}
