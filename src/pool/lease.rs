//! The pool and its leases.
use super::slot::{App, Foundation, Ground, Killer, PutFile, Ran, Slot, SlotError};
use crate::sandbox::{Ahead, Claim, Forked, IdSource, LimitMode, RunSpec, SlotFacts, SlotSpec, Subtree, Without};
use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

/// How a pool is set up.
#[derive(Debug)]
pub struct Config {
    /// Runs at the same time.
    pub workers: usize,
    /// Where ids come from.
    pub ids: IdSource,
    /// The cgroup subtree; none: `rlimit` mode.
    pub subtree: Option<Arc<Subtree>>,
    /// CPU time that a run may use in every 100 ms, in microseconds; where there is one, `subtree` can hold it.
    pub cpu_quota_us: Option<u32>,
    /// CPUs to pin runs to, one each; fewer than workers: runs are not pinned.
    pub cpus: Vec<usize>,
    /// Layers left out, in a build for tests.
    pub without: Without,
    /// The zygote of the first slot, if there is one already. Its ids are of `ids`.
    pub ahead: Option<Ahead>,
}

/// After an answer a slot makes ready for its next run: for this long, or a little less.
const MAKES_READY: Duration = Duration::from_micros(400);

/// What the pool has done so far.
#[derive(Debug, Default)]
pub struct Stats {
    /// Slots started.
    pub started: AtomicU64,
    /// Slots thrown away because something about them was not as it should be.
    pub suspect: AtomicU64,
}

/// Slots for runs.
#[derive(Debug, Clone)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Before the subtree, which it may be in: fields drop in order.
    ahead: Mutex<Option<Ahead>>,
    config: Config,
    permits: Arc<Semaphore>,
    /// Who is near a lease.
    near: Arc<Semaphore>,
    /// Least recently used first.
    idle: Mutex<Vec<Slot>>,
    /// Free ones, likewise.
    cpus: Mutex<VecDeque<usize>>,
    discards: TaskTracker,
    /// Zygotes that are dying, and their ids, which are free after that: dropped, they are waited for.
    dying: Mutex<Vec<(Forked, Claim)>>,
    stats: Stats,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these locks can be left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// A pool without slots: they are started as they are asked for.
    pub fn new(mut config: Config) -> Self {
        if config.cpus.len() < config.workers {
            config.cpus.clear();
        }
        let (permits, cpus) = (Arc::new(Semaphore::new(config.workers)), Mutex::new(config.cpus.iter().copied().collect()));
        let near = Arc::new(Semaphore::new(config.workers + 1));
        let ahead = Mutex::new(config.ahead.take());
        Self(Arc::new(Inner {
            ahead,
            config,
            permits,
            near,
            idle: Mutex::default(),
            cpus,
            discards: TaskTracker::new(),
            dying: Mutex::default(),
            stats: Stats::default(),
        }))
    }

    /// Runs at the same time.
    pub fn workers(&self) -> usize {
        self.0.config.workers
    }

    /// How runs are limited.
    pub fn mode(&self) -> LimitMode {
        if self.0.config.subtree.is_some() { LimitMode::Cgroup2 } else { LimitMode::Rlimit }
    }

    /// How ids are mapped.
    pub fn ids(&self) -> IdSource {
        self.0.config.ids
    }

    /// CPU time that a run may use in every 100 ms, in microseconds, where that is limited.
    pub fn cpu_quota_us(&self) -> Option<u32> {
        self.0.config.cpu_quota_us
    }

    /// What has happened so far.
    pub fn stats(&self) -> &Stats {
        &self.0.stats
    }

    /// For who opens files before he asks for a lease: waits until there are no more of them than workers, and one, who is next. Held until
    /// the run is over; without it, everybody who waits would have his files open. None: the pool is closing.
    pub async fn come_near(&self) -> Option<OwnedSemaphorePermit> {
        self.0.near.clone().acquire_owned().await.ok()
    }

    /// Waits for a permit, then for a slot of this kind.
    pub async fn lease(&self, spec: &Arc<SlotSpec>) -> Result<Lease, SlotError> {
        let permit = self.0.permits.clone().acquire_owned().await.map_err(|_| SlotError::Closed)?;
        let idle = self.0.take_living(spec);
        let cpu = CpuToken { cpu: self.0.take_cpu(idle.as_ref().and_then(|slot| slot.cpu)), pool: self.0.clone() };
        self.take(idle, spec, Arc::new(Turn { cpu, _permit: permit })).await
    }

    /// A second slot, for what talks with the run of `lease`. It goes with that lease's permit, so that leases can't wait
    /// for each other, and runs on the same CPU: the two take turns, and passing a message on is cheapest there.
    pub async fn partner(&self, lease: &Lease, spec: &Arc<SlotSpec>) -> Result<Lease, SlotError> {
        self.take(self.0.take_living(spec), spec, lease.turn.clone()).await
    }

    async fn take(&self, idle: Option<Slot>, spec: &Arc<SlotSpec>, turn: Arc<Turn>) -> Result<Lease, SlotError> {
        let mut slot = match idle {
            Some(slot) => slot,
            None => self.start(spec).await?,
        };
        slot.cpu = turn.cpu.cpu;
        Ok(Lease { slot: Some(slot), pool: self.0.clone(), turn })
    }

    async fn start(&self, spec: &Arc<SlotSpec>) -> Result<Slot, SlotError> {
        let config = &self.0.config;
        let ahead = lock(&self.0.ahead).take();
        let ground = ahead.map_or_else(|| config.ids.claim().map(Ground::New), |ahead| Ok(Ground::Ahead(ahead)))?;
        let cgroup = config.subtree.as_ref().map(|s| s.slot(ground.ids())).transpose()?;
        self.0.stats.started.fetch_add(1, Ordering::Relaxed);
        Slot::start(Foundation {
            spec: spec.clone(),
            ground,
            mode: self.mode(),
            cgroup,
            cpu_quota_us: config.cpu_quota_us,
            without: config.without,
        })
        .await
    }

    /// Ends every slot and waits until nothing is left, but for a zygote that dies until this pool is dropped. Leases still out end their
    /// slots when they are dropped.
    pub async fn close(&self) {
        self.0.permits.close();
        self.0.near.close();
        for slot in std::mem::take(&mut *lock(&self.0.idle)) {
            self.0.discard(slot);
        }
        self.0.discards.close();
        self.0.discards.wait().await;
        // A lease that is still out has its run ended by this; the subtree itself may outlive us in its hands.
        if let Some(subtree) = &self.0.config.subtree {
            subtree.clear();
        }
    }
}

impl Inner {
    /// The slot of this kind that ran last, whose memory the caches still hold, unless it is still making ready for its next run;
    /// where all are, the one that has been at it longest.
    fn take_idle(&self, spec: &Arc<SlotSpec>) -> Option<Slot> {
        let mut idle = lock(&self.idle);
        let fits = |slot: &Slot| Arc::ptr_eq(&slot.spec, spec) || slot.spec == *spec;
        let ready = idle.iter().rposition(|slot| slot.rests_since.elapsed() >= MAKES_READY && fits(slot));
        ready.or_else(|| idle.iter().position(fits)).map(|at| idle.remove(at))
    }

    /// The same, but one that has died since its last run, or could not make ready for the next: nobody is given such a one.
    fn take_living(self: &Arc<Self>, spec: &Arc<SlotSpec>) -> Option<Slot> {
        loop {
            let mut slot = self.take_idle(spec)?;
            match slot.is_quiet() {
                Ok(()) => return Some(slot),
                Err(e) => {
                    self.stats.suspect.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(policy = slot.spec.policy, "a slot has ended while it was idle, and is thrown away: {e}");
                    self.discard(slot);
                }
            }
        }
    }

    /// Ends a slot, and is not waited for but by `close`.
    fn discard(self: &Arc<Self>, slot: Slot) {
        let pool = self.clone();
        self.discards.spawn(async move {
            let left = slot.discard().await;
            lock(&pool.dying).extend(left);
        });
    }

    /// A CPU of its own for a slot, best the one where it ran before: moving there costs more than it waits.
    fn take_cpu(&self, last: Option<usize>) -> Option<usize> {
        let mut free = lock(&self.cpus);
        let same = free.iter().position(|cpu| Some(*cpu) == last);
        same.and_then(|at| free.remove(at)).or_else(|| free.pop_front())
    }

    /// Takes a slot back, if it is fit to be used again.
    fn give_back(self: &Arc<Self>, mut slot: Slot) {
        slot.rests_since = Instant::now();
        if slot.busy {
            if !slot.failed {
                tracing::debug!(policy = slot.spec.policy, "a run is cancelled, and its slot thrown away");
            } else if slot.facts.is_some() {
                self.stats.suspect.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(policy = slot.spec.policy, "a slot is suspect and thrown away");
            } else {
                tracing::debug!(policy = slot.spec.policy, "a slot has not come to stand");
            }
            self.discard(slot);
            return;
        }
        if slot.over || slot.facts.is_none() || self.permits.is_closed() {
            self.discard(slot);
            return;
        }
        let surplus = {
            let mut idle = lock(&self.idle);
            idle.push(slot);
            // Room for a compile, a run and a checker's slot of a few languages per worker; an idle slot costs about a megabyte.
            if idle.len() > 4 * self.config.workers + 4 { Some(idle.remove(0)) } else { None }
        };
        if let Some(slot) = surplus {
            self.discard(slot);
        }
    }
}

#[derive(Debug)]
struct CpuToken {
    cpu: Option<usize>,
    pool: Arc<Inner>,
}

impl Drop for CpuToken {
    fn drop(&mut self) {
        if let Some(cpu) = self.cpu {
            lock(&self.pool.cpus).push_back(cpu);
        }
    }
}

/// What lets a lease, and its partner, run now.
#[derive(Debug)]
struct Turn {
    cpu: CpuToken,
    _permit: OwnedSemaphorePermit,
}

/// A slot for one's own, for a while.
#[derive(Debug)]
pub struct Lease {
    slot: Option<Slot>,
    pool: Arc<Inner>,
    turn: Arc<Turn>,
}

impl Lease {
    fn slot(&mut self) -> Result<&mut Slot, SlotError> {
        self.slot.as_mut().ok_or(SlotError::Gone)
    }

    /// What the slot turned out to be.
    pub fn facts(&self) -> Option<SlotFacts> {
        self.slot.as_ref().and_then(|s| s.facts)
    }

    /// Shows `app` at /app, unless it stands there already.
    pub async fn load(&mut self, app: &App) -> Result<(), SlotError> {
        let slot = self.slot()?;
        let loaded = slot.load(app).await;
        slot.failed |= loaded.is_err();
        loaded
    }

    /// What ends the run that is started next.
    pub fn killer(&mut self) -> Result<Killer, SlotError> {
        Ok(self.slot()?.killer())
    }

    /// Runs. Dropping the future in the middle throws the slot away, and the run with it.
    pub async fn run(&mut self, spec: RunSpec, files: &[PutFile], streams: [OwnedFd; 3]) -> Result<Ran, SlotError> {
        let slot = self.slot()?;
        let ran = slot.run(spec, files, streams).await;
        slot.failed |= ran.is_err();
        ran
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.pool.give_back(slot);
        }
    }
}
