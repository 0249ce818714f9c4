//! What a run could leave on the host.
use std::fs;
use std::path::{Path, PathBuf};

/// Mounts, cgroups, abstract sockets and System V IPC, one line each.
pub fn traces() -> Vec<String> {
    let lines = |path: &str| fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let mounts = lines("/proc/self/mountinfo");
    let cgroups = mounts.iter().filter(|m| m.contains(" - cgroup2 ")).filter_map(|m| m.split(' ').nth(4));
    let cgroups = cgroups.flat_map(|mount| directories(Path::new(mount))).filter(|d| d.contains("/assize-")).collect();
    let sockets = lines("/proc/net/unix").into_iter().filter_map(|l| Some(l.split_whitespace().nth(7)?.to_owned()));
    let sockets = sockets.filter(|name| name.starts_with("@assize-")).collect();
    let ipc = ["shm", "sem", "msg"].iter().flat_map(|kind| {
        // The first two columns: key and id.
        lines(&format!("/proc/sysvipc/{kind}"))
            .into_iter()
            .map(move |l| format!("{kind} {:?}", l.split_whitespace().take(2).collect::<Vec<_>>()))
    });
    [mounts, cgroups, sockets, ipc.collect()].concat()
}

fn directories(path: &Path) -> Vec<String> {
    let below = fs::read_dir(path).into_iter().flatten().flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
    below.flat_map(|e| [vec![e.path().display().to_string()], directories(&e.path())].concat()).collect()
}

/// What lies in a directory.
pub fn files(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect()
}
