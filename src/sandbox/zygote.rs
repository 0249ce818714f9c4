//! PID 1 of a slot: builds what all its runs share, then starts, watches, kills and reaps one run after another.
//!
//! It holds the slot's user, network and PID namespaces, has capabilities in them only, is single-threaded and
//! non-dumpable, and never runs a byte of anybody else's. What a run leaves is gone before its answer is sent:
//! `kill(-1)` takes the task list's lock, so no fork escapes it, and PID 1 reaps until nobody is left.
//!
//! Invariant: any failure while a slot is set up, reset or fed ends in `Failed` or in the end of this process; the
//! supervisor replaces the slot. A run never starts with a layer missing.
use super::boxfs::{self, App, BoxFs};
use super::cgroup::Leaves;
use super::child::{Parts, Plan};
use super::cpus;
use super::fault::{At, Fault, Step};
use super::handed;
use super::landlock;
use super::meter::{self, Meters, Reap, Reaped};
use super::outcome::{End, Kill, LimitMode, Outcome};
use super::pids::Pids;
use super::rlimits;
use super::rootfs::{self, Sources};
use super::sampler::Watch;
use super::seccomp;
use super::spec::RunSpec;
use super::sys::{self, CloneArgs};
use super::userns::RUN_ID;
use super::wire::{self, FromZygote, RootPlan, SlotFacts, Start, ToZygote};
use nix::poll::{PollFd, PollFlags};
use nix::sys::socket::MsgFlags;
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// A run that ends within this time is short.
const BRIEF: Duration = Duration::from_millis(1);

/// Bytes of the stack a run's child has between clone and execve. It calls a handful of small functions.
const CHILD_STACK: usize = 64 * 1024;

/// A slot that stands.
struct Zygote {
    socket: OwnedFd,
    start: Start,
    layers: Layers,
    stack: Vec<u128>,
    app: AppState,
    /// The next run's.
    next: Option<Prepared>,
    /// The namespaces that each run but the slot's last gets afresh. The zygote makes them for itself, a run at a time, and the run
    /// inherits them: when the zygote goes on to those of the next, they are the run's alone.
    fresh: libc::c_int,
    /// Where files are put that come now.
    target: boxfs::Place,
    /// Where it is pinned now.
    cpu: Option<usize>,
    /// How many CPUs it may use when it is not pinned.
    all_cpus: u64,
    /// That it stands.
    said: bool,
}

/// A root that has been entered, and what was opened on the way.
pub(super) struct Rooted {
    plan: RootPlan,
    pids: Pids,
}

/// What all runs of the slot share.
struct Layers {
    /// The mount namespace that those of the runs are copied from.
    base: OwnedFd,
    meters: Meters,
    pids: Pids,
    landlock: Option<landlock::Rules>,
    lockdown: Option<Vec<libc::sock_filter>>,
}

/// Made for one run before it is asked for: while there is one, the zygote is in the namespaces of that run.
struct Prepared {
    files: BoxFs,
    landlock: Option<OwnedFd>,
    /// Nothing has been put there yet.
    empty: bool,
}

/// What is put away after a run's answer has been sent.
struct Leftovers {
    _plan: Plan,
    _streams: Option<[OwnedFd; 3]>,
    _pidfd: OwnedFd,
}

/// How far a run has come.
enum Begun {
    Ended,
    /// It goes on, and is being killed, if there was a reason.
    Runs(Option<Kill>),
}

/// What stands at /app.
enum AppState {
    None,
    Filling { app: App, replaces: bool },
    Sealed,
}

impl Rooted {
    /// Builds the root and enters it, as the ids that the slot's zygote has.
    pub(super) fn enter(plan: RootPlan) -> Result<Self, Fault> {
        let sources = Sources::open(&plan)?;
        plan.ids.enter()?;
        forbid_nested_user_namespaces();
        let pids = Pids::open();
        rootfs::enter(&plan, &sources)?;
        Ok(Self { plan, pids })
    }
}

/// Sets the slot up, unless it is `rooted` already, and serves it until its last run has ended or the supervisor is gone. `buffer` may
/// have received messages before: then its memory is there.
pub(super) fn serve(socket: &OwnedFd, start: Start, cgroup: Option<OwnedFd>, buffer: Vec<u8>, rooted: Option<Rooted>) -> i32 {
    let served = match Layers::set_up(&start, cgroup, rooted) {
        Ok(layers) => Zygote::new(socket, start, layers).and_then(|mut zygote| zygote.serve(buffer)),
        Err(fault) => Err(fault),
    };
    match served {
        Ok(()) => 0,
        Err(fault) => {
            let _ = wire::send(socket.as_fd(), &FromZygote::Failed(fault), &[]);
            1
        }
    }
}

impl Layers {
    /// In the order that each step needs the rights which the next ones take away.
    fn set_up(start: &Start, cgroup: Option<OwnedFd>, rooted: Option<Rooted>) -> Result<Self, Fault> {
        let plan = start.root();
        let Rooted { pids, .. } = match rooted {
            None => Rooted::enter(plan)?,
            Some(rooted) if rooted.plan == plan => rooted,
            Some(_) => return Err(protocol("the root that stands is another slot's")),
        };
        cpus::take_longer_turns();
        let base = OwnedFd::from(std::fs::File::open("/proc/self/ns/mnt").at(Step::Namespaces)?);
        nix::unistd::sethostname("assize").at(Step::Hostname)?;
        let meters = match (start.mode, cgroup) {
            (LimitMode::Cgroup2, Some(slot)) => Meters::Cgroup(Leaves::new(slot, start.cpu_quota_us)?),
            (LimitMode::Cgroup2, None) => {
                return Err(Fault { step: Step::Cgroup, errno: 0, detail: Some("no cgroup was handed over".into()) });
            }
            (LimitMode::Rlimit, _) => Meters::Sampler(Watch::open()?),
        };
        for (resource, value) in rlimits::SHARED {
            sys::set_limit(resource, value, value).at(Step::ResourceLimit)?;
        }
        // The runs': no terminal is this session's, and none can become so but by us, its leader.
        nix::unistd::setsid().at(Step::Session)?;
        if start.ids.separate() {
            sys::set_gid(RUN_ID).at(Step::SetIds)?;
        }
        drop_bounding_set()?;
        sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0).at(Step::NoNewPrivs)?;
        sys::prctl(libc::PR_SET_DUMPABLE, 0, 0).at(Step::NonDumpable)?;
        let landlock = if start.without.landlock() { None } else { landlock::Rules::open()? };
        let lockdown = if start.without.seccomp() {
            None
        } else {
            for filter in &start.slot.filters {
                sys::seccomp_filter(&seccomp::unpack(filter)).at(Step::Seccomp)?;
            }
            let key = sys::draw_key().at(Step::Seccomp)?;
            sys::seccomp_filter(&seccomp::gate(&start.slot.lockdown, key)).at(Step::Seccomp)?;
            seccomp::lockdown(&start.slot.lockdown)
        };
        Ok(Self { base, meters, pids, landlock, lockdown })
    }
}

impl Zygote {
    fn new(socket: &OwnedFd, start: Start, layers: Layers) -> Result<Self, Fault> {
        let mut fresh = libc::CLONE_NEWNS | libc::CLONE_NEWUTS;
        if start.mode == LimitMode::Rlimit {
            // In the other mode the run is cloned into its leaf first, which must be the root of what it sees.
            fresh |= libc::CLONE_NEWCGROUP;
        }
        // The dearest of them. Where nobody can make anything in it, the slot's is as good as new.
        if start.slot.ipc_objects || start.without.seccomp() {
            fresh |= libc::CLONE_NEWIPC;
        }
        Ok(Self {
            socket: socket.try_clone().at(Step::Wire)?,
            start,
            layers,
            stack: vec![0; CHILD_STACK / size_of::<u128>()],
            app: AppState::None,
            next: None,
            fresh,
            target: boxfs::Place::Box,
            cpu: None,
            all_cpus: cpus::count().unwrap_or(u64::MAX),
            said: false,
        })
    }

    fn facts(&self) -> SlotFacts {
        SlotFacts { landlock_abi: self.layers.landlock.as_ref().map(|rules| rules.abi) }
    }

    /// Says that the slot stands, if that has not been said yet.
    fn say_ready(&mut self) -> Result<(), Fault> {
        if self.said {
            return Ok(());
        }
        self.said = true;
        wire::send(self.socket.as_fd(), &FromZygote::Ready(self.facts()), &[]).at(Step::Wire)
    }

    fn serve(&mut self, mut buffer: Vec<u8>) -> Result<(), Fault> {
        // Who has sent something waits for a run's answer (nothing else is sent before it is said that the slot stands), and to be
        // woken twice takes a CPU twice. (ppoll(2), as `wait_event` does: the filters stand.)
        let mut fds = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        if nix::poll::ppoll(&mut fds, Some(TimeSpec::from_duration(Duration::ZERO)), None).at(Step::Wait)? == 0 {
            self.say_ready()?;
        }
        while let Some((message, fds)) = wire::receive::<ToZygote>(self.socket.as_fd(), &mut buffer, MsgFlags::empty()).at(Step::Wire)? {
            let last = matches!(&message, ToZygote::Run(spec) if spec.last);
            self.take(message, fds)?;
            if last {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, message: ToZygote, fds: Vec<OwnedFd>) -> Result<(), Fault> {
        match message {
            ToZygote::OpenApp { bytes } => {
                let replaces = !matches!(self.app, AppState::None);
                self.app = AppState::Filling { app: App::open(bytes)?, replaces };
                self.target = boxfs::Place::App;
                Ok(())
            }
            ToZygote::OpenBox { bytes } => self.open_box(bytes),
            ToZygote::Put { name, executable } => {
                let content = fds.into_iter().next().ok_or_else(|| protocol("a file came without its content"))?;
                match (self.target, &self.app, &mut self.next) {
                    (boxfs::Place::App, AppState::Filling { app, .. }, _) => app.put(&name, executable, content),
                    (boxfs::Place::Box, _, Some(next)) => {
                        next.empty = false;
                        next.files.put(&name, executable, content)
                    }
                    _ => Err(protocol("a file came with no place to put it")),
                }
            }
            ToZygote::SealApp => match std::mem::replace(&mut self.app, AppState::Sealed) {
                AppState::Filling { app, replaces } => {
                    self.leave()?;
                    app.seal(replaces)
                }
                _ => Err(protocol("there is no program to seal")),
            },
            ToZygote::Run(spec) => {
                let streams = fds.try_into().map_err(|_| protocol("a run needs three streams"))?;
                self.answer(&spec, streams)
            }
            // The run it was meant for has ended.
            ToZygote::Kill { .. } => Ok(()),
            ToZygote::Root(_) | ToZygote::Start(_) => Err(protocol("the slot has been started already")),
        }
    }

    /// An empty box for the next run, unless one stands ready.
    fn open_box(&mut self, bytes: u64) -> Result<(), Fault> {
        self.target = boxfs::Place::Box;
        if self.next.as_ref().is_some_and(|next| next.empty && next.files.bytes == bytes) {
            return Ok(());
        }
        self.leave()?;
        self.furnish(bytes, self.fresh)
    }

    /// An empty box, in these namespaces afresh.
    fn furnish(&mut self, bytes: u64, fresh: libc::c_int) -> Result<(), Fault> {
        sys::unshare(fresh).at(Step::Namespaces)?;
        let files = BoxFs::mount(bytes, self.start.ids.separate())?;
        let landlock = self.layers.landlock.as_ref().map(|rules| rules.for_run(&files)).transpose()?;
        // Where the run starts.
        nix::unistd::fchdir(&files.box_mount).at(Step::EnterBox)?;
        self.next = Some(Prepared { files, landlock, empty: true });
        Ok(())
    }

    /// Back to the mount namespace that others are copied from.
    fn leave(&mut self) -> Result<(), Fault> {
        self.next = None;
        sys::enter_namespace(self.layers.base.as_fd(), libc::CLONE_NEWNS).at(Step::Namespaces)
    }

    /// Runs, answers, and makes ready for the next run where there was no time for that before.
    fn answer(&mut self, spec: &RunSpec, streams: [OwnedFd; 3]) -> Result<(), Fault> {
        if self.next.is_none() && spec.last {
            // In those the zygote stands in, which are the slot's own or were made for a run that has not come: nobody has been in them, and
            // nobody will be in after it. What is not copied need not end.
            self.furnish(spec.disk_bytes, self.fresh & libc::CLONE_NEWCGROUP)?;
        } else if self.next.as_ref().is_none_or(|next| next.files.bytes != spec.disk_bytes) {
            self.open_box(spec.disk_bytes)?;
        }
        let Prepared { files, landlock, .. } = self.next.take().ok_or_else(|| protocol("there is no box"))?;
        let (outcome, leftovers) = self.run(spec, &files, landlock, streams)?;
        let handle = if spec.keep_box { Some(boxfs::handle(&files).at(Step::BoxFs)?) } else { None };
        if spec.keep_box {
            handed::make_readable(files.box_mount.as_fd())?;
        }
        let fds: Vec<RawFd> = handle.iter().map(boxfs::raw).collect();
        self.said = true;
        wire::send_in_turn(self.socket.as_fd(), &FromZygote::Ended { seq: spec.seq, outcome, facts: self.facts() }, &fds).at(Step::Wire)?;
        if spec.last {
            return Ok(());
        }
        // Who waits for it may be waiting for this very CPU.
        sys::yield_now();
        // With all that holds its file system: the next one's gets the same numbers then, and can't tell that there was one before.
        drop((leftovers, files, handle));
        self.layers.pids.rewind()?;
        if self.next.is_none() {
            self.open_box(spec.disk_bytes)?;
        }
        self.layers.meters.prepare(spec)
    }

    fn run(
        &mut self,
        spec: &RunSpec,
        files: &BoxFs,
        landlock: Option<OwnedFd>,
        streams: [OwnedFd; 3],
    ) -> Result<(Outcome, Leftovers), Fault> {
        self.pin(spec.cpu);
        for name in &spec.directories {
            files.directory(name)?;
        }
        for name in &spec.links {
            files.link(name)?;
        }
        if let (Some(rules), Some(set)) = (&self.layers.landlock, &landlock) {
            rules.may_read(set, &streams[0]);
        }
        let mut meter = self.layers.meters.start(spec)?;
        let plan = Plan::new(Parts {
            argv: &spec.argv,
            env: &spec.env,
            streams: streams.each_ref().map(AsRawFd::as_raw_fd),
            limits: rlimits::table(spec, self.start.mode, !self.start.ids.separate()),
            landlock,
            lockdown: self.layers.lockdown.clone(),
            separate_ids: self.start.ids.separate(),
        })?;
        let (leader, pidfd) = self.clone_run(&plan, meter.cgroup())?;
        let mut streams = Some(streams);
        let mut reaped = Reaped::default();
        let (mut found, kill, wall) = match self.begin(spec, &plan, &pidfd)? {
            // A short run has ended: what it leaves is for later, when its answer is on its way.
            Begun::Ended => {
                Meters::last_words(&mut meter, spec);
                let wall = plan.began().map_or(Duration::ZERO, |began| began.elapsed());
                (meter::reap(leader, &mut reaped, libc::WNOHANG).at(Step::Wait)?, None, wall)
            }
            Begun::Runs(kill) => {
                // Our ends of the streams: the run must be the only one that holds them.
                streams = None;
                self.say_ready()?;
                // The time of a longer one is time to make ready for the next.
                if !spec.last {
                    self.open_box(spec.disk_bytes)?;
                }
                self.watch(spec, leader, &pidfd, files, &mut meter, &mut reaped, plan.began().unwrap_or_else(Instant::now), kill)?
            }
        };
        // Where the leader was alone, that is known already, and the look through every process on the host is spared.
        if !found.nobody_left {
            sys::kill_all();
            let late = meter::reap(leader, &mut reaped, 0).at(Step::Wait)?;
            found.leader = found.leader.or(late.leader);
        }
        let wall_us = u64::try_from(wall.as_micros()).unwrap_or(u64::MAX);
        let usage = self.layers.meters.finish(meter, spec, files, &reaped, leader, wall_us)?;
        let end = match plan.failure() {
            Some((Step::Exec, errno)) => End::NotExecuted(errno),
            Some((step, errno)) => return Err(Fault { step, errno, detail: None }),
            None => End::from_status(found.leader.ok_or_else(|| protocol("the run's end was not seen"))?),
        };
        // Killed by nobody of ours before it was the program it should be: that is no end of the program's. (Unless its limit has
        // no room for as much as that.)
        if plan.began().is_none() && kill.is_none() && usage.oom_kills == 0 {
            return Err(Fault { step: Step::Exec, errno: 0, detail: Some(format!("it was not reached: {end:?}")) });
        }
        Ok((Outcome { end, kill, usage }, Leftovers { _plan: plan, _streams: streams, _pidfd: pidfd }))
    }

    /// Waits for the run's end, if that comes soon, and for nothing else: whatever is done while a short run is under way makes it
    /// a long one. Until it has begun we share its memory, and do nothing else in any case.
    fn begin(&self, spec: &RunSpec, plan: &Plan, pidfd: &OwnedFd) -> Result<Begun, Fault> {
        let brief = BRIEF.min(Duration::from_micros(spec.wall_us));
        loop {
            match self.wait_event(pidfd, brief, spec.seq)? {
                Event::Ended => return Ok(Begun::Ended),
                Event::Hangup => return Err(protocol("the supervisor is gone")),
                Event::Kill(reason) => {
                    sys::kill_all();
                    return Ok(Begun::Runs(Some(reason)));
                }
                Event::Timeout if plan.began().is_some() => return Ok(Begun::Runs(None)),
                Event::Timeout | Event::Nothing => {}
            }
        }
    }

    /// A wish as to where: if the CPU is not ours to have, the run goes anywhere. Once pinned it stays: the gate keeps the call from it.
    fn pin(&mut self, cpu: Option<usize>) {
        if cpu == self.cpu {
            return;
        }
        let bits = cpu.map_or(cpus::ALL, cpus::only);
        if sys::set_affinity(0, &bits).is_ok() {
            self.cpu = cpu;
        }
    }

    /// On how many CPUs a run can burn time at once.
    const fn cpus(&self) -> u64 {
        if self.cpu.is_some() { 1 } else { self.all_cpus }
    }

    fn clone_run(&mut self, plan: &Plan, cgroup: Option<RawFd>) -> Result<(libc::pid_t, OwnedFd), Fault> {
        let flags = libc::CLONE_VM | libc::CLONE_PIDFD;
        let mut pidfd: libc::c_int = -1;
        let mut args = CloneArgs {
            flags: u64::from(flags.cast_unsigned()),
            pidfd: std::ptr::from_mut(&mut pidfd) as u64,
            exit_signal: libc::SIGCHLD.cast_unsigned().into(),
            stack: self.stack.as_mut_ptr() as u64,
            stack_size: CHILD_STACK as u64,
            ..CloneArgs::default()
        };
        if let Some(fd) = cgroup {
            args.flags |= CLONE_INTO_CGROUP | u64::from(libc::CLONE_NEWCGROUP.cast_unsigned());
            args.cgroup = u64::try_from(fd).unwrap_or(u64::MAX);
        }
        // SAFETY: the stack is ours, 16-byte aligned (u128) and used by nobody else, and the next run is cloned when this one
        // is dead; `Plan::enter` never returns, allocates or unwinds; `run` keeps `plan` until then, and only waits (`begin`)
        // until it has begun; a zygote is single-threaded (asserted by the launcher).
        let pid = unsafe { sys::clone3_shared(&args, Plan::enter, plan) }.at(Step::CloneRun)?;
        // SAFETY: CLONE_PIDFD made this descriptor for us.
        Ok((pid, unsafe { OwnedFd::from_raw_fd(pidfd) }))
    }

    /// Watches until the leader ends, or must. Sleeps until the next moment at which anything could be the matter.
    #[expect(clippy::too_many_arguments, reason = "one run's state, borrowed apart")]
    fn watch(
        &self,
        spec: &RunSpec,
        leader: libc::pid_t,
        pidfd: &OwnedFd,
        files: &BoxFs,
        meter: &mut meter::Meter,
        reaped: &mut Reaped,
        began: Instant,
        mut kill: Option<Kill>,
    ) -> Result<(Reap, Option<Kill>, Duration), Fault> {
        let wall = Duration::from_micros(spec.wall_us);
        let mut next_look = self.layers.meters.first_look(spec, self.cpus());
        loop {
            let elapsed = began.elapsed();
            let wait = match kill {
                None => next_look.min(wall).saturating_sub(elapsed),
                // It has been killed: all there is to wait for is its end.
                Some(_) => Duration::from_secs(1),
            };
            match self.wait_event(pidfd, wait.max(Duration::from_micros(1)), spec.seq)? {
                Event::Ended => {
                    let elapsed = began.elapsed();
                    Meters::last_words(meter, spec);
                    return Ok((meter::reap(leader, reaped, libc::WNOHANG).at(Step::Wait)?, kill, elapsed));
                }
                // Nobody listens any more: our end is the end of everything in here.
                Event::Hangup => return Err(protocol("the supervisor is gone")),
                Event::Kill(reason) if kill.is_none() => kill = Some(reason),
                Event::Kill(_) | Event::Nothing => {}
                Event::Timeout if kill.is_none() => {
                    let now = began.elapsed();
                    if now >= wall {
                        kill = Some(Kill::WallTime);
                    } else if now >= next_look {
                        // Orphans that ended have us as their parent: take them in, so that they don't count as processes.
                        let found = meter::reap(leader, reaped, libc::WNOHANG).at(Step::Wait)?;
                        if found.leader.is_some() {
                            return Ok((found, kill, now));
                        }
                        match self.layers.meters.look(meter, spec, files, reaped, self.cpus()) {
                            // Where more have ended than one look takes in, the rest are soon.
                            Ok(wait) => next_look = now.saturating_add(if found.more { meter::MIN_LOOK } else { wait }),
                            Err(reason) => kill = Some(reason),
                        }
                    }
                }
                Event::Timeout => {}
            }
            if kill.is_some() {
                // The reason stands before the kill, and the first one stays.
                sys::kill_all();
            }
        }
    }

    fn wait_event(&self, pidfd: &OwnedFd, wait: Duration, seq: u64) -> Result<Event, Fault> {
        let mut fds = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN), PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        match nix::poll::ppoll(&mut fds, Some(TimeSpec::from_duration(wait.min(Duration::from_hours(1)))), None) {
            Ok(0) | Err(nix::errno::Errno::EINTR) => return Ok(Event::Timeout),
            Ok(_) => {}
            Err(e) => return Err(e).at(Step::Wait),
        }
        if fds[0].any() == Some(true) {
            return Ok(Event::Ended);
        }
        let mut buffer = Vec::new();
        match wire::receive::<ToZygote>(self.socket.as_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(None) => Ok(Event::Hangup),
            Ok(Some((ToZygote::Kill { seq: meant, reason }, _))) if meant == seq => Ok(Event::Kill(reason)),
            Ok(Some((ToZygote::Kill { .. }, _))) => Ok(Event::Nothing),
            Ok(Some(_)) => Err(protocol("a message came in the middle of a run")),
            Err(e) => Err(e).at(Step::Wire),
        }
    }
}

/// What wakes the zygote while a run is under way.
enum Event {
    Ended,
    Hangup,
    Kill(Kill),
    Nothing,
    Timeout,
}

/// `CLONE_INTO_CGROUP` (linux/sched.h, since 5.7); libc has it as a 32-bit constant that it does not fit.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

fn protocol(what: &str) -> Fault {
    Fault { step: Step::Wire, errno: 0, detail: Some(what.to_owned()) }
}

/// Belt to the filters' braces: with no user namespace to be had, none of the others can be made either. The
/// count is per user namespace, so this touches nobody else; where /proc/sys is read-only, as in a container, the
/// filters hold alone.
fn forbid_nested_user_namespaces() {
    let _ = std::fs::write("/proc/sys/user/max_user_namespaces", "0");
}

/// With an empty bounding set no execve can ever bring a capability back (capabilities(7)). The zygote keeps what it has.
fn drop_bounding_set() -> Result<(), Fault> {
    for capability in 0..=63 {
        match sys::prctl(libc::PR_CAPBSET_DROP, capability, 0) {
            Ok(_) => {}
            // Past the last capability this kernel knows.
            Err(nix::errno::Errno::EINVAL) => break,
            Err(e) => return Err(e).at(Step::Bounding),
        }
    }
    Ok(())
}

/// The first thing a zygote does: it must not go on before its ids are mapped.
pub(super) fn await_id_map(pipe: io::PipeReader) -> Result<(), Fault> {
    use io::Read as _;
    let mut byte = [0];
    match { pipe }.read(&mut byte).at(Step::AwaitIdMap)? {
        1 => Ok(()),
        _ => Err(Fault { step: Step::AwaitIdMap, errno: 0, detail: Some("the launcher gave up".into()) }),
    }
}

/// Which namespaces a slot is made of. Not a cgroup namespace: with `nsdelegate` the zygote could not clone into
/// leaves beside its own cgroup then. Each run gets one.
pub(super) const SLOT_NAMESPACES: libc::c_int =
    libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
