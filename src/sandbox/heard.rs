//! How much a run has read, in all: the bound of what another can say to it over a pipe that passes nobody else.
//!
//! The reader's count and not the writer's: splice(2) writes without being counted, and the reader is the problem setter's
//! program.
use super::sampler::pids;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// What a run had read when it was last looked at, and what CPU time it had used when that was last found to have changed.
#[derive(Debug, Default)]
pub(super) struct Heard {
    bytes: u64,
    most: u64,
    since_us: u64,
}

impl Heard {
    /// Takes in a look at it; the CPU time it has used since it was last told anything, as far as looks can tell.
    pub(super) fn thinks_us(&mut self, bytes: u64, cpu_us: u64) -> u64 {
        // Not only more: the count of a process goes with it.
        if bytes != self.bytes {
            (self.bytes, self.since_us) = (bytes, cpu_us);
        }
        self.saw(bytes);
        cpu_us.saturating_sub(self.since_us)
    }

    /// Takes in the last look, at what has ended and is not yet reaped: until then the kernel has its count.
    pub(super) fn saw(&mut self, bytes: u64) {
        self.most = self.most.max(bytes);
    }

    /// The most that any look has seen.
    pub(super) const fn most(&self) -> u64 {
        self.most
    }
}

/// How long may pass between two looks.
pub(super) const LOOK: Duration = Duration::from_millis(10);

/// `rchar` of the processes that are there, dead ones among them that are not yet reaped (proc_pid_io(5)): read(2) and its kin,
/// from files and pipes alike. 0 where the kernel does not count it.
pub(super) fn bytes() -> u64 {
    let Ok(proc) = File::open("/proc").map(OwnedFd::from) else { return 0 };
    pids(&proc).into_iter().filter_map(|pid| read_by(&proc, pid)).fold(0, u64::saturating_add)
}

fn read_by(proc: &OwnedFd, pid: libc::pid_t) -> Option<u64> {
    use nix::fcntl::{OFlag, openat};
    let name = format!("{pid}/io");
    let fd = openat(proc, name.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty()).ok()?;
    let mut text = [0; 512];
    let len = File::from(fd).read(&mut text).ok()?;
    std::str::from_utf8(&text[..len]).ok()?.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_begins_anew_with_what_is_told() {
        let mut heard = Heard::default();
        let looks = [(0, 5), (0, 9), (100, 12), (100, 19), (40, 20), (40, 21), (40, 50)];
        assert_eq!(looks.map(|(bytes, cpu_us)| heard.thinks_us(bytes, cpu_us)), [5, 9, 0, 7, 0, 1, 30]);
    }

    #[test]
    fn the_dead_are_counted_until_they_are_reaped() {
        let mut child =
            std::process::Command::new("head").args(["-c", "100000", "/dev/zero"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        let proc = OwnedFd::from(File::open("/proc").unwrap());
        let id = nix::unistd::Pid::from_raw(libc::pid_t::try_from(child.id()).unwrap());
        nix::sys::wait::waitid(nix::sys::wait::Id::Pid(id), nix::sys::wait::WaitPidFlag::WEXITED | nix::sys::wait::WaitPidFlag::WNOWAIT)
            .unwrap();
        assert!(read_by(&proc, id.as_raw()).unwrap() >= 100_000);
        child.wait().unwrap();
        assert_eq!(read_by(&proc, id.as_raw()), None);
    }

    #[test]
    fn the_most_is_kept() {
        let mut heard = Heard::default();
        heard.thinks_us(100, 1);
        heard.thinks_us(40, 2);
        assert_eq!(heard.most(), 100);
        heard.saw(150);
        assert_eq!(heard.most(), 150);
    }

    #[test]
    fn what_is_read_is_counted() {
        let proc = OwnedFd::from(File::open("/proc").unwrap());
        let me = libc::pid_t::try_from(std::process::id()).unwrap();
        let before = read_by(&proc, me).unwrap();
        File::open("/dev/zero").unwrap().read_exact(&mut vec![0; 100_000]).unwrap();
        assert!(read_by(&proc, me).unwrap() >= before + 100_000);
    }
}
