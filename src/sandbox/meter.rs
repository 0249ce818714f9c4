//! One interface over the two ways a run is limited and measured.
use super::boxfs::BoxFs;
use super::cgroup::{self, Leaf, Leaves};
use super::fault::Fault;
use super::heard::{self, Heard};
use super::outcome::{Kill, Usage};
use super::sampler::{Look, Sampler, Watch};
use super::spec::RunSpec;
use super::sys::{self, Waited};
use std::os::fd::RawFd;
use std::time::Duration;

/// What a slot measures with.
#[derive(Debug)]
pub(super) enum Meters {
    /// A leaf for each run.
    Cgroup(Leaves),
    /// The slot's /proc.
    Sampler(Watch),
}

/// What one run is measured with.
#[derive(Debug)]
pub(super) struct Meter {
    kind: Kind,
    heard: Heard,
}

#[derive(Debug)]
enum Kind {
    Cgroup(Leaf),
    Sampler(Sampler),
}

/// Processes of the run that were waited for: what the kernel says they used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reaped {
    pub user_us: u64,
    pub system_us: u64,
    pub max_resident: u64,
}

impl Reaped {
    pub(super) fn add(&mut self, usage: &libc::rusage) {
        let us = |t: libc::timeval| t.tv_sec.unsigned_abs() * 1_000_000 + t.tv_usec.unsigned_abs();
        self.user_us += us(usage.ru_utime);
        self.system_us += us(usage.ru_stime);
        self.max_resident = self.max_resident.max(usage.ru_maxrss.unsigned_abs() * 1024);
    }
}

/// Pages can't be touched faster than this on any machine we know (bytes a second), so memory need not be looked at sooner.
const FILL_RATE: u64 = 8 << 30;
/// CPUs a run can burn at the same time when nothing narrower is known.
const MOST_CPUS: u64 = 1024;

impl Meters {
    pub(super) fn start(&mut self, spec: &RunSpec) -> Result<Meter, Fault> {
        let kind = match self {
            Self::Cgroup(leaves) => Kind::Cgroup(leaves.take(spec)?),
            Self::Sampler(watch) => Kind::Sampler(watch.start()),
        };
        Ok(Meter { kind, heard: Heard::default() })
    }

    /// When a run that begins now could be over a limit at the earliest: before that nobody needs to look.
    pub(super) fn first_look(&self, spec: &RunSpec, cpus: u64) -> Duration {
        wait_cpu(spec, 0, cpus).min(self.wait_memory(spec, 0, false)).min(wait_heard(spec))
    }

    /// Looks at the run now: is it over a limit, and if not, when could it be at the earliest?
    pub(super) fn look(&self, meter: &mut Meter, spec: &RunSpec, files: &BoxFs, reaped: &Reaped, cpus: u64) -> Result<Duration, Kill> {
        let Look { cpu_us, memory_bytes, hidden } = match (self, &mut meter.kind) {
            (Self::Sampler(watch), Kind::Sampler(sampler)) => {
                sampler.look(watch, reaped.user_us + reaped.system_us, files.used(), spec.memory_bytes)
            }
            (_, Kind::Cgroup(leaf)) => Look { cpu_us: leaf.cpu().total_us, ..Look::default() },
            (Self::Cgroup(_), Kind::Sampler(_)) => Look::default(),
        };
        if memory_bytes > spec.memory_bytes {
            return Err(Kill::Memory);
        }
        let mut cpu_us = cpu_us;
        if let Some(most) = spec.read_bytes {
            let bytes = heard::bytes();
            if bytes > most {
                return Err(Kill::Heard);
            }
            cpu_us = meter.heard.thinks_us(bytes, cpu_us);
        }
        if cpu_us > spec.cpu_us {
            return Err(Kill::CpuTime);
        }
        Ok(wait_cpu(spec, cpu_us, cpus).min(self.wait_memory(spec, memory_bytes, hidden)).min(wait_heard(spec)))
    }

    /// The last look at what a run has read: its first process has ended, and is not yet reaped.
    pub(super) fn last_words(meter: &mut Meter, spec: &RunSpec) {
        if spec.read_bytes.is_some() {
            meter.heard.saw(heard::bytes());
        }
    }

    fn wait_memory(&self, spec: &RunSpec, used: u64, hidden: bool) -> Duration {
        match self {
            // The kernel's to enforce.
            Self::Cgroup(_) => Duration::MAX,
            // At least every 10 ms: what is touched and freed again is only seen by looking, and so may CPU time be.
            Self::Sampler(_) => {
                let room = spec.memory_bytes.saturating_sub(used);
                let most = if hidden { MIN_LOOK } else { Duration::from_millis(10) };
                Duration::from_nanos(room.saturating_mul(1_000_000) / (FILL_RATE / 1000)).clamp(MIN_LOOK, most)
            }
        }
    }

    /// The sum of a run that is over, everything of it dead and reaped.
    pub(super) fn finish(
        &mut self,
        meter: Meter,
        spec: &RunSpec,
        files: &BoxFs,
        reaped: &Reaped,
        leader: libc::pid_t,
        wall_us: u64,
    ) -> Result<Usage, Fault> {
        let (disk_bytes, read_bytes) = (files.used(), meter.heard.most());
        match meter.kind {
            Kind::Cgroup(leaf) => {
                let (cpu, memory_bytes) = (leaf.cpu(), leaf.memory_peak()?);
                // A limit that the kernel was not told of: it would have killed.
                let over = spec.memory_bytes < cgroup::LEAST && memory_bytes > spec.memory_bytes;
                let usage = Usage {
                    user_us: cpu.user_us,
                    system_us: cpu.system_us,
                    wall_us,
                    memory_bytes,
                    disk_bytes,
                    oom_kills: leaf.oom_kills()?.max(over.into()),
                    read_bytes,
                };
                if let Self::Cgroup(leaves) = self {
                    leaves.retire(leaf);
                }
                Ok(usage)
            }
            Kind::Sampler(mut sampler) => {
                let counted = reaped.user_us + reaped.system_us;
                let unseen =
                    if let Self::Sampler(watch) = self { sampler.total_us(watch, counted, leader, spec.cpu_us) - counted } else { 0 };
                // execve(2) carries over the high-water mark of the memory that a process leaves, and a run's was ours until then
                // (CLONE_VM): up to that the mark says nothing of the run but that it had a page, and must not be held against a lower limit.
                let ours = reaped.max_resident > spec.memory_bytes && reaped.max_resident <= own_peak();
                let resident = if ours { 4096 } else { reaped.max_resident };
                Ok(Usage {
                    user_us: reaped.user_us + unseen,
                    system_us: reaped.system_us,
                    wall_us,
                    memory_bytes: sampler.peak_bytes().max(resident).max(disk_bytes),
                    disk_bytes,
                    oom_kills: 0,
                    read_bytes,
                })
            }
        }
    }

    /// Off the hot path, after an answer has been sent: what the next run will want.
    pub(super) fn prepare(&mut self, like: &RunSpec) -> Result<(), Fault> {
        match self {
            Self::Cgroup(leaves) => leaves.prepare(Some(like)),
            Self::Sampler(_) => Ok(()),
        }
    }
}

/// The most memory that this process has had resident (getrusage(2)), in bytes.
fn own_peak() -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss().unsigned_abs() * 1024)
}

/// No look comes sooner after another than this: a look itself costs some 20–50 µs.
pub(super) const MIN_LOOK: Duration = Duration::from_millis(1);

/// Until what has been read may have become too much; nobody looks where there is no limit.
fn wait_heard(spec: &RunSpec) -> Duration {
    if spec.read_bytes.is_some() { heard::LOOK } else { Duration::MAX }
}

fn wait_cpu(spec: &RunSpec, used_us: u64, cpus: u64) -> Duration {
    Duration::from_micros(spec.cpu_us.saturating_sub(used_us) / cpus.clamp(1, MOST_CPUS)).max(MIN_LOOK)
}

impl Meter {
    /// The leaf to clone into.
    pub(super) fn cgroup(&self) -> Option<RawFd> {
        match &self.kind {
            Kind::Cgroup(leaf) => Some(leaf.fd()),
            Kind::Sampler(_) => None,
        }
    }
}

/// What was reaped.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reap {
    /// The leader's status, when it is among those that ended.
    pub leader: Option<libc::c_int>,
    /// Nobody but the zygote is left in the PID namespace.
    pub nobody_left: bool,
    /// There may be more that have ended.
    pub more: bool,
}

/// So many are reaped at a time while the run goes on: it may let orphans end as fast as they are taken in, on other CPUs,
/// and would never be looked at again.
const MOST_AT_ONCE: usize = 256;

/// Reaps what has ended, with `WNOHANG` not for long; with no `flags`, until nobody is left, which is for when all are killed.
pub(super) fn reap(leader: libc::pid_t, reaped: &mut Reaped, flags: libc::c_int) -> nix::Result<Reap> {
    reap_by(|| sys::wait_any(flags), leader, reaped, if flags == 0 { usize::MAX } else { MOST_AT_ONCE })
}

fn reap_by(mut wait: impl FnMut() -> nix::Result<Waited>, leader: libc::pid_t, reaped: &mut Reaped, most: usize) -> nix::Result<Reap> {
    let mut found = Reap::default();
    let mut count = 0;
    loop {
        if count == most {
            return Ok(Reap { more: true, ..found });
        }
        match wait()? {
            Waited::Ended(pid, status, usage) => {
                count += 1;
                reaped.add(&usage);
                if pid == leader {
                    found.leader = Some(status);
                }
            }
            Waited::Running => return Ok(found),
            Waited::Nobody => return Ok(Reap { nobody_left: true, ..found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(pid: libc::pid_t) -> Waited {
        // SAFETY: rusage is plain integers; all-zero is a value of it.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        usage.ru_utime.tv_usec = 3;
        Waited::Ended(pid, 7, usage)
    }

    #[test]
    fn a_flood_of_orphans_does_not_keep_us_from_looking() {
        let (mut reaped, mut pid) = (Reaped::default(), 1);
        let mut flood = || {
            pid += 1;
            Ok(ended(pid))
        };
        let found = reap_by(&mut flood, 5, &mut reaped, MOST_AT_ONCE).unwrap();
        assert_eq!((found.leader, found.nobody_left, found.more, reaped.user_us), (Some(7), false, true, 3 * 256));
        let found = reap_by(&mut flood, 5, &mut reaped, MOST_AT_ONCE).unwrap();
        assert_eq!((found.leader, found.more, reaped.user_us), (None, true, 3 * 512));
    }

    #[test]
    fn all_of_a_dead_run_are_reaped() {
        let (mut reaped, mut left) = (Reaped::default(), 1000);
        let wait = || {
            left -= 1;
            Ok(if left < 0 { Waited::Nobody } else { ended(left) })
        };
        let found = reap_by(wait, 0, &mut reaped, usize::MAX).unwrap();
        assert_eq!((found.leader, found.nobody_left, found.more, reaped.user_us), (Some(7), true, false, 3000));
    }
}
