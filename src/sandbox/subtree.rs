//! The supervisor's side of cgroup v2: finding a subtree that is ours to use, and one cgroup in it for each slot.
//!
//! ```text
//! base/                       the delegated cgroup
//!   assize-PID-N/             one supervisor's; its directory is locked (flock) for as long as that one lives
//!     supervisor/             ourselves and our children, where we had to leave the base (no internal processes, cgroups(7))
//!     slot-N/                 one slot's, owned by its zygote
//!       zygote/               the zygote: beside the limited leaves, never in one
//!       run-N/                one run's leaf (`cgroup`)
//! ```
//! The lock tells a living supervisor's tree from a dead one's, whatever became of its pid: what nobody holds is swept.
use super::procfs;
use super::userns::IdMap;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PREFIX: &str = "assize-";
/// What runs are limited by: without these there is no `cgroup2` mode.
const NEEDED: [&str; 2] = ["memory", "pids"];
/// What a subtree and its slots have as well where it is offered: slots have shares of their own then, and `cpu` can hold runs to less.
const WELCOME: [&str; 3] = ["cpu", "cpuset", "io"];
/// And of that a run's leaf, which is made for every run. Not cpuset: who is cloned into another cpuset loses the affinity he had
/// (`cpuset_fork` in kernel/cgroup/cpuset.c, but for kernels since 6.2), and that is what pins a run.
const WELCOME_TO_RUNS: [&str; 1] = ["cpu"];

/// How long a process that is just ending may keep its cgroup from being used, in milliseconds; far more than it does.
const PATIENCE_MS: u32 = 100;

/// A delegated subtree with memory and pids controllers in force, and others where they are offered.
#[derive(Debug)]
pub struct Subtree {
    path: PathBuf,
    /// Where we were before we had to leave it.
    left: Option<PathBuf>,
    slots: AtomicU64,
    _lock: Flock<File>,
}

/// What is offered to a cgroup, or given by it to its children.
struct Controllers(Vec<String>);

/// The hierarchy as this process sees it.
struct Hierarchy {
    mount: PathBuf,
    own: PathBuf,
}

impl Subtree {
    /// Finds or makes one, and sweeps what dead predecessors left beside it. `Err`: why there is none. `children`: processes of
    /// ours that go where we go.
    pub fn establish(children: &[Pid]) -> Result<Arc<Self>, String> {
        let hierarchy = Hierarchy::find()?;
        let own = hierarchy.own.clone();
        // Beside ourselves, if the cgroup above is ours: then nobody has to move.
        let beside = own.parent().filter(|p| p.starts_with(&hierarchy.mount)).map(Self::below);
        let below = || match () {
            () if own != hierarchy.mount => Self::in_place_of_us(&own, children),
            // Only the hierarchy's real root may have processes beside children that are limited, and has no type.
            () if own.join("cgroup.type").exists() => Self::in_namespace(&own),
            () => Self::below(&own),
        };
        let top = || if nix::unistd::Uid::effective().is_root() { Self::below(&hierarchy.mount) } else { Err(String::new()) };
        match beside {
            Some(Ok(subtree)) => Ok(subtree),
            _ => below().or_else(|why| top().map_err(|_| why)),
        }
        .map(Arc::new)
    }

    /// In `base`, which has its controllers for children already, or gets them now.
    fn below(base: &Path) -> Result<Self, String> {
        if !Controllers::offered(base).suffice() {
            return Err(lacking(base));
        }
        enable(base, &WELCOME).map_err(|e| match e.raw_os_error() {
            Some(libc::EBUSY) => occupied(base),
            _ => refused(base, &e),
        })?;
        // Moving a process wants both ends' nearest common ancestor to be ours (cgroups(7), "Delegation containment").
        nix::unistd::access(&base.join("cgroup.procs"), nix::unistd::AccessFlags::W_OK).map_err(|e| refused(base, &e.into()))?;
        sweep(base);
        Self::make(base, None)
    }

    /// In our own cgroup, once we have left it for a leaf: which we can if nobody else is in it.
    fn in_place_of_us(own: &Path, children: &[Pid]) -> Result<Self, String> {
        if !Controllers::offered(own).suffice() {
            return Err(lacking(own));
        }
        let here = words(&own.join("cgroup.procs")).map_err(|e| refused(own, &e))?;
        let ours: Vec<String> = std::iter::once(&Pid::this()).chain(children).map(ToString::to_string).collect();
        if here.iter().any(|pid| !ours.contains(pid)) {
            return Err(occupied(own));
        }
        sweep(own);
        let subtree = Self::make(own, Some(own.to_owned()))?;
        let supervisor = subtree.path.join("supervisor");
        // Without our move nothing can be enabled; `subtree` takes back what was done when it is dropped.
        fs::create_dir(&supervisor).map_err(|e| refused(own, &e))?;
        let mut tries = 0..PATIENCE_MS;
        loop {
            for pid in &ours {
                match write(&supervisor, "cgroup.procs", pid) {
                    // It has ended meanwhile.
                    Err(e) if e.raw_os_error() == Some(libc::ESRCH) => {}
                    other => other.map_err(|e| refused(own, &e))?,
                }
            }
            match enable(own, &WELCOME).and_then(|()| subtree.enable()) {
                // One that is just ending is not moved (`cgroup_migrate_add_task` in the kernel), and counts until it has.
                Err(e) if e.raw_os_error() == Some(libc::EBUSY) && tries.next().is_some() => std::thread::sleep(Duration::from_millis(1)),
                enabled => return enabled.map(|()| subtree).map_err(|e| refused(own, &e)),
            }
        }
    }

    /// In the root of a cgroup namespace, a container's: all that is in it goes into one leaf, and stays there, so that whoever
    /// comes next finds room beside itself. Two that do this together do each other's work.
    fn in_namespace(root: &Path) -> Result<Self, String> {
        if !Controllers::offered(root).suffice() {
            return Err(lacking(root));
        }
        let leaf = root.join("processes");
        match fs::create_dir(&leaf) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(refused(root, &e)),
            _ => {}
        }
        let mut subtree = Err(occupied(root));
        // Again, for what was forked meanwhile.
        for _ in 0..20 {
            for pid in words(&root.join("cgroup.procs")).map_err(|e| refused(root, &e))? {
                // It may have ended.
                let _ = write(&leaf, "cgroup.procs", &pid);
            }
            subtree = Self::below(root);
            if subtree.is_ok() {
                break;
            }
        }
        subtree
    }

    /// A tree of our own in `base`. Where `base` is `left` its controllers come later.
    fn make(base: &Path, left: Option<PathBuf>) -> Result<Self, String> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (path, lock) = loop {
            let n = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = base.join(format!("{PREFIX}{}-{n}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {}
                // Of somebody with our pid in another PID namespace.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(refused(base, &e)),
            }
            let Ok(dir) = File::open(&path) else { continue };
            match Flock::lock(dir, FlockArg::LockExclusiveNonblock) {
                // A sweeper may have been faster than our lock, and taken it for a dead one's.
                Ok(lock) if path.is_dir() => break (path, lock),
                Ok(_) | Err((_, Errno::EWOULDBLOCK)) => {}
                Err((_, e)) => return Err(refused(base, &e.into())),
            }
        };
        let subtree = Self { path, left, slots: AtomicU64::new(0), _lock: lock };
        if subtree.left.is_none() {
            subtree.enable().map_err(|e| refused(base, &e))?;
        }
        Ok(subtree)
    }

    /// Gives the tree's children their controllers, once the base has given the tree its own.
    fn enable(&self) -> io::Result<()> {
        enable(&self.path, &WELCOME)?;
        if self.path.join("memory.peak").exists() {
            Ok(())
        } else {
            Err(io::Error::other("this kernel has no memory.peak; use Linux 5.19 or later"))
        }
    }

    /// The controllers that its slots have, of all that there are uses for.
    pub fn controllers(&self) -> Vec<String> {
        Controllers::given(&self.path).0
    }

    /// A cgroup for one more slot, removed when dropped.
    pub fn slot(self: &Arc<Self>, ids: IdMap) -> io::Result<SlotCgroup> {
        let path = self.path.join(format!("slot-{}", self.slots.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir(&path)?;
        let slot = SlotCgroup { dir: File::open(&path)?.into(), path, subtree: self.clone() };
        enable(&slot.path, &WELCOME_TO_RUNS)?;
        fs::create_dir(slot.path.join("zygote"))?;
        if let Some(uid) = ids.zygote_uid() {
            // It makes its leaves itself, and moves runs from `zygote` into them.
            for path in [slot.path.clone(), slot.path.join("cgroup.procs")] {
                chown(path, Some(uid), Some(uid))?;
            }
        }
        Ok(slot)
    }
}

impl Subtree {
    /// Ends what is left in any slot, takes us back to where we were, and removes the tree. Twice is as good as once.
    pub fn clear(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            // Not the tree as a whole: we may be in it.
            if entry.file_name().to_string_lossy().starts_with("slot-") {
                remove(&entry.path());
            }
        }
        if let Some(own) = &self.left
            && self.path.exists()
        {
            // While its controllers are shared the cgroup takes no process back.
            for dir in [&self.path, own] {
                let given = Controllers::given(dir).0.iter().map(|c| format!("-{c} ")).collect::<String>();
                let _ = write(dir, "cgroup.subtree_control", &given);
            }
            for pid in words(&self.path.join("supervisor/cgroup.procs")).unwrap_or_default() {
                let _ = write(own, "cgroup.procs", &pid);
            }
        }
        for _ in 0..PATIENCE_MS {
            remove_tree(&self.path);
            if !self.path.exists() {
                return;
            }
            // Of who has just ended.
            std::thread::sleep(Duration::from_millis(1));
        }
        tracing::debug!("{} could not be removed; the next start sweeps it", self.path.display());
    }
}

impl Drop for Subtree {
    fn drop(&mut self) {
        self.clear();
    }
}

/// One slot's cgroup.
#[derive(Debug)]
pub struct SlotCgroup {
    dir: OwnedFd,
    path: PathBuf,
    // Outlives its slots.
    #[expect(dead_code, reason = "held, not used")]
    subtree: Arc<Subtree>,
}

impl SlotCgroup {
    /// Its directory, to be handed to the launcher.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

impl Drop for SlotCgroup {
    fn drop(&mut self) {
        if !remove(&self.path) {
            tracing::warn!("the cgroup {} could not be removed", self.path.display());
        }
    }
}

impl Hierarchy {
    fn find() -> Result<Self, String> {
        let mounts = procfs::read("/proc/self/mountinfo").map_err(|e| format!("failed to read /proc/self/mountinfo: {e}"))?;
        let (root, mount) = mounts
            .lines()
            .filter(|l| l.contains(" - cgroup2 "))
            .find_map(|l| {
                let mut fields = l.split(' ').skip(3);
                Some((fields.next()?.to_owned(), PathBuf::from(fields.next()?)))
            })
            .ok_or("no cgroup v2 is mounted here")?;
        let own = procfs::read("/proc/self/cgroup").map_err(|e| format!("failed to read /proc/self/cgroup: {e}"))?;
        let own = own.lines().find_map(|l| l.strip_prefix("0::")).ok_or("this process is in no cgroup v2")?;
        let below =
            Path::new(own).strip_prefix(&root).map_err(|_| format!("this process's cgroup ({own}) lies outside of what is mounted"))?;
        Ok(Self { own: mount.join(below), mount })
    }
}

impl Controllers {
    fn of(dir: &Path, file: &str) -> Self {
        let known = |word: &String| NEEDED.iter().chain(&WELCOME).any(|c| c == word);
        Self(words(&dir.join(file)).unwrap_or_default().into_iter().filter(known).collect())
    }

    fn offered(dir: &Path) -> Self {
        Self::of(dir, "cgroup.controllers")
    }

    fn given(dir: &Path) -> Self {
        Self::of(dir, "cgroup.subtree_control")
    }

    fn has(&self, controller: &str) -> bool {
        self.0.iter().any(|c| c == controller)
    }

    fn suffice(&self) -> bool {
        NEEDED.iter().all(|c| self.has(c))
    }
}

/// Gives a cgroup's children the controllers that it has itself. One that is merely welcome may be refused (`cpu`, say, where
/// there are real-time processes), and does not cost those that are needed.
fn enable(dir: &Path, welcome: &[&str]) -> io::Result<()> {
    let given = Controllers::given(dir);
    if !given.suffice() {
        write(dir, "cgroup.subtree_control", &NEEDED.map(|c| format!("+{c}")).join(" "))?;
    }
    for controller in Controllers::offered(dir).0.iter().filter(|c| !given.has(c) && welcome.contains(&c.as_str())) {
        if let Err(e) = write(dir, "cgroup.subtree_control", &format!("+{controller}")) {
            tracing::debug!("{} is not given {controller}: {e}", dir.display());
        }
    }
    Ok(())
}

/// Removes the trees of dead supervisors, and only those.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(dir) = File::open(entry.path()) else { continue };
        // Ours until the removal is done: two sweepers don't meet.
        if let Ok(_lock) = Flock::lock(dir, FlockArg::LockExclusiveNonblock)
            && remove(&entry.path())
        {
            tracing::debug!("swept {}", entry.path().display());
        }
    }
}

/// Kills what is in a cgroup (`cgroup.kill`, since 5.14) and removes it with all below it.
fn remove(path: &Path) -> bool {
    let _ = write(path, "cgroup.kill", "1");
    // What is killed leaves its cgroup when it is reaped, which others do: within milliseconds, or a second on a slow host.
    for _ in 0..1000 {
        remove_tree(path);
        if !path.exists() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn remove_tree(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    let _ = fs::remove_dir(path);
}

fn write(dir: &Path, file: &str, text: &str) -> io::Result<()> {
    fs::write(dir.join(file), text)
}

fn words(path: &Path) -> io::Result<Vec<String>> {
    Ok(procfs::read(path)?.split_whitespace().map(str::to_owned).collect())
}

fn lacking(dir: &Path) -> String {
    let has = words(&dir.join("cgroup.controllers")).unwrap_or_default().join(" ");
    format!("the cgroup {} has no memory and pids controllers (it has: {})", dir.display(), if has.is_empty() { "none" } else { &has })
}

fn occupied(dir: &Path) -> String {
    format!("the cgroup {} has other processes in it, so it can't be divided", dir.display())
}

fn refused(dir: &Path, e: &io::Error) -> String {
    format!("the cgroup {} is not ours to use: {e}", dir.display())
}
