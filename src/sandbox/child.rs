//! The last stretch before a run's execve.
//!
//! The child shares the zygote's memory until then (`CLONE_VM`; not `CLONE_VFORK`, which would wake the zygote in the middle of
//! a short run only to wait for its end), so: nothing here allocates, locks, logs or returns. A [`Plan`] owns every string,
//! pointer array and table; the child walks it, one system call a line, and on failure leaves a step and an error number in
//! the plan for the zygote to read. Until the child says that it has come as far as execve, the zygote does nothing but wait
//! ([`Plan::began`]); the plan stays until the child's end.
//!
//! Invariant: after `enter` the child has called execve, or `_exit`; it never unwinds into the zygote.
use super::fault::{Fault, Step};
use super::sys;
use super::userns::RUN_ID;
use nix::errno::Errno;
use std::cell::Cell;
use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Everything a run needs to become what it is told to be.
pub(super) struct Plan {
    argv: Pointers,
    env: Pointers,
    streams: [RawFd; 3],
    limits: Vec<(rlimit::Resource, u64)>,
    landlock: Option<OwnedFd>,
    lockdown: Option<Vec<libc::sock_filter>>,
    separate_ids: bool,
    /// Read when the child is dead.
    failed: Cell<Option<(Step, i32)>>,
    made: Instant,
    /// Nanoseconds from `made` to the call of execve; 0: not there yet.
    began: AtomicU64,
}

/// A null-terminated array of C strings as execve(2) takes it, with the strings it points to.
#[derive(Debug)]
pub(super) struct Pointers {
    _strings: Vec<CString>,
    pub(super) array: Vec<*const libc::c_char>,
}

// SAFETY: what it points to is its own, on the heap, and is neither moved nor written to.
unsafe impl Send for Pointers {}
// SAFETY: likewise.
unsafe impl Sync for Pointers {}

impl Pointers {
    pub(super) fn new(strings: &[String]) -> Result<Self, Fault> {
        let strings = strings.iter().map(|s| CString::new(s.as_str())).collect::<Result<Vec<_>, _>>().map_err(|e| Fault {
            step: Step::Exec,
            errno: libc::EINVAL,
            detail: Some(e.to_string()),
        })?;
        // A CString's text lives on the heap, so moving the vector does not move it.
        let array = strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { _strings: strings, array })
    }
}

/// What a [`Plan`] is made from.
pub(super) struct Parts<'a> {
    pub argv: &'a [String],
    pub env: &'a [String],
    /// Descriptors of the zygote's, which it may close once the run has begun: the child has copies.
    pub streams: [RawFd; 3],
    pub limits: Vec<(rlimit::Resource, u64)>,
    pub landlock: Option<OwnedFd>,
    pub lockdown: Option<Vec<libc::sock_filter>>,
    pub separate_ids: bool,
}

impl Plan {
    pub(super) fn new(parts: Parts) -> Result<Self, Fault> {
        if parts.argv.is_empty() {
            return Err(Fault { step: Step::Exec, errno: libc::EINVAL, detail: Some("there is no program to run".into()) });
        }
        Ok(Self {
            argv: Pointers::new(parts.argv)?,
            env: Pointers::new(parts.env)?,
            streams: parts.streams,
            limits: parts.limits,
            landlock: parts.landlock,
            lockdown: parts.lockdown,
            separate_ids: parts.separate_ids,
            failed: Cell::new(None),
            made: Instant::now(),
            began: AtomicU64::new(0),
        })
    }

    /// The step that failed in the child, once it is gone.
    pub(super) fn failure(&self) -> Option<(Step, i32)> {
        self.failed.get()
    }

    /// When the child called execve. From then on the zygote may go on: what the child still reads are the strings of the
    /// plan.
    pub(super) fn began(&self) -> Option<Instant> {
        match self.began.load(Ordering::Acquire) {
            0 => None,
            nanos => Some(self.made + Duration::from_nanos(nanos)),
        }
    }

    /// Runs in the child: becomes the program, or says why not.
    pub(super) extern "C" fn enter(plan: *const Self) -> ! {
        // SAFETY: the zygote keeps the plan alive and unmoved until we are dead, and waits until we exec or exit.
        let plan = unsafe { &*plan };
        let (step, errno) = plan.prepare_and_exec();
        plan.failed.set(Some((step, errno as i32)));
        // SAFETY: ends this process only, without running destructors or exit handlers of the zygote's.
        unsafe { libc::_exit(127) }
    }

    /// The security order: limits, ids and capabilities, Landlock, system calls, execve.
    /// The zygote has made our namespaces and mounts, stands in /box, and has done what all its runs share: no_new_privs, the bounding set,
    /// the policy.
    fn prepare_and_exec(&self) -> (Step, Errno) {
        macro_rules! step {
            ($step:expr, $call:expr) => {
                if let Err(e) = $call {
                    return ($step, e);
                }
            };
        }
        // SAFETY: integers only. A process group of its own, in the slot's session.
        step!(Step::Session, Errno::result(unsafe { libc::setpgid(0, 0) }));
        for (stream, number) in self.streams.iter().zip(0..) {
            // SAFETY: integers only; both are descriptors of ours (our copy of the table: no CLONE_FILES).
            step!(Step::Streams, Errno::result(unsafe { libc::dup2(*stream, number) }));
        }
        for (resource, value) in &self.limits {
            step!(
                Step::ResourceLimit,
                sys::set_limit(*resource, *value, *value).map_err(|e| Errno::from_raw(e.raw_os_error().unwrap_or(0)))
            );
        }
        // Where the ids are others than the zygote's, leaving uid 0 empties the capability sets (capabilities(7), "Effect of
        // user ID changes on capabilities"; the inheritable set is empty since the namespace was made).
        step!(Step::Credentials, if self.separate_ids { sys::set_uid(RUN_ID) } else { sys::drop_capabilities() });
        if let Some(rules) = &self.landlock {
            step!(Step::Landlock, sys::landlock_restrict_self(rules.as_raw_fd()));
        }
        // Everything of ours is close-on-exec one by one; this holds for whatever we might have missed.
        step!(Step::Streams, close_rest_on_exec());
        // No system call where the kernel has a clock page (vdso(7)); elsewhere one that the filter may forbid.
        let nanos = u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(filter) = &self.lockdown {
            step!(Step::Lockdown, sys::seccomp_filter(filter));
        }
        self.began.store(nanos.max(1), Ordering::Release);
        // SAFETY: both arrays are null-terminated, point to strings owned by the plan, and outlive the call.
        (Step::Exec, unsafe { sys::execve(self.argv.array[0], self.argv.array.as_ptr(), self.env.array.as_ptr()) })
    }
}

fn close_rest_on_exec() -> nix::Result<()> {
    // SAFETY: integers only.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) }).map(drop)
}
