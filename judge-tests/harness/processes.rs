//! Looks for processes that were left behind.
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// Makes this process the parent of every orphan among its descendants: none can hide by outliving its own parent.
pub fn adopt_orphans() {
    prctl::set_child_subreaper(true).expect("PR_SET_CHILD_SUBREAPER");
}

/// The living descendants of this process (zombies are dead), as `pid command line`.
fn descendants() -> Vec<String> {
    family(std::process::id()).iter().map(|(pid, command)| format!("{pid} {command}")).collect()
}

/// The living descendants of a process of ours, with their command lines.
pub fn family_of(child: &Child) -> Vec<(i32, String)> {
    family(child.id())
}

fn family(of: u32) -> Vec<(i32, String)> {
    let processes: Vec<(i32, i32)> = fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: i32| {
            // The command stands in parentheses and may hold anything: what counts comes after the last one.
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let state = fields.next()?;
            let parent = fields.next()?.parse().ok()?;
            (!matches!(state, "Z" | "X")).then_some((pid, parent))
        })
        .collect();
    let mut family = vec![i32::try_from(of).expect("a pid")];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(processes.iter().filter(|(_, p)| *p == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    let command = |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).map(|c| String::from_utf8_lossy(&c).replace('\0', " "));
    family[1..].iter().map(|pid| (*pid, command(pid).unwrap_or_default())).collect()
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The zygotes of a judge of ours: children of its launchers. (A run is a zygote's, and has the name of both until it is executed.)
pub fn zygotes_of(judge: &Child) -> Vec<i32> {
    let judge_pid = i32::try_from(judge.id()).expect("a pid");
    let family = family_of(judge).into_iter().filter(|(_, command)| command.starts_with("assize-zygote"));
    family.map(|(pid, _)| pid).filter(|pid| parent(*pid).and_then(parent) == Some(judge_pid)).collect()
}

/// Waits until so many descendants of a process of ours have a command line that begins so, for at most half a minute.
pub fn are_running(child: &Child, command: &str, count: usize) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if family_of(child).iter().filter(|(_, c)| c.starts_with(command)).count() >= count {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

/// The descendants of this process that live on, and are ended with this. Nothing else may run meanwhile.
pub fn left() -> Vec<String> {
    // The kernel tears a PID namespace down after its first process's end, not with it.
    let start = Instant::now();
    loop {
        let left = descendants();
        if left.is_empty() {
            return left;
        }
        if start.elapsed() > Duration::from_secs(10) {
            // Ended here, so that the next test does not find them too.
            end_all();
            return left;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Fails if a descendant of this process lives on. Nothing else may run meanwhile.
pub fn assert_none_left() {
    let left = left();
    assert!(left.is_empty(), "left behind:\n  {}", left.join("\n  "));
}

/// Ends every descendant of this process, however fast they multiply, and takes in what became of them.
pub fn end_all() {
    for _ in 0..200 {
        let pids: Vec<i32> = descendants().iter().filter_map(|l| l.split(' ').next()?.parse().ok()).collect();
        // Stopped first, all of them: what is stopped forks no more.
        for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
            for pid in &pids {
                let _ = kill(Pid::from_raw(*pid), signal);
            }
        }
        if pids.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal to the binary under test.
pub fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), signal).expect("kill");
}

/// The real uids of the processes whose command is `name`, from outside of any namespace of theirs.
pub fn uids_of(name: &str) -> Vec<u32> {
    let uid = |pid: &str| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        if command.split(|b| *b == 0).next() != Some(name.as_bytes()) {
            return None;
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        status.lines().find_map(|l| l.strip_prefix("Uid:"))?.split_whitespace().next()?.parse().ok()
    };
    let names = fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|n| n.bytes().all(|b| b.is_ascii_digit())).filter_map(|n| uid(&n)).collect()
}

/// Of the descendants whose command is `name`: the nearest ancestors of each that are zygotes.
pub fn parents_of(name: &str) -> Vec<i32> {
    let command = |pid: i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let runs = descendants().into_iter().filter_map(|line| {
        let (pid, command) = line.split_once(' ')?;
        command.starts_with(name).then(|| pid.parse::<i32>().ok())?
    });
    runs.filter_map(|run| {
        let mut at = parent(run)?;
        while at > 1 && !command(at).starts_with("assize-zygote") {
            at = parent(at)?;
        }
        (at > 1).then_some(at)
    })
    .collect()
}
