//! What can go wrong, named by the step it went wrong in.
use nix::errno::Errno;
use serde::{Deserialize, Serialize};

/// One step of setting up a slot or a run. Most are one system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it; `what` has the words")]
pub enum Step {
    Wire,
    SingleThread,
    CloneZygote,
    WriteIdMap,
    NewUidMap,
    AwaitIdMap,
    OpenBindSource,
    SetIds,
    PrivateMounts,
    NewRoot,
    MakeMountPoint,
    Bind,
    BindReadOnly,
    Proc,
    Symlink,
    EtcFile,
    PivotRoot,
    DetachOldRoot,
    RootReadOnly,
    LimitUserNamespaces,
    Hostname,
    Bounding,
    NoNewPrivs,
    NonDumpable,
    Seccomp,
    LandlockRules,
    Namespaces,
    BoxFs,
    BoxFile,
    AppFs,
    AppFile,
    Cgroup,
    LastPid,
    CloneRun,
    Session,
    Streams,
    MountBox,
    MountTmp,
    EnterBox,
    ResourceLimit,
    Credentials,
    Landlock,
    Lockdown,
    Exec,
    Wait,
    Opener,
    HandBack,
}

impl Step {
    /// What was being done, fit for "failed to …".
    pub const fn what(self) -> &'static str {
        match self {
            Self::Wire => "exchange a message with the zygote",
            Self::SingleThread => "be single-threaded",
            Self::CloneZygote => "create the namespaces of a slot (are unprivileged user namespaces allowed? see `assize check`)",
            Self::WriteIdMap => "write the id map",
            Self::NewUidMap => "map subordinate ids with newuidmap/newgidmap",
            Self::AwaitIdMap => "wait for the id map",
            Self::OpenBindSource => "open a directory the language profile binds",
            Self::SetIds => "take the ids of the namespace",
            Self::PrivateMounts => "make mounts private (does an AppArmor profile forbid mounts? see `assize check`)",
            Self::NewRoot => "mount the new root",
            Self::MakeMountPoint => "make a mount point in the new root",
            Self::Bind => "bind a directory into the new root",
            Self::BindReadOnly => "make a bind read-only",
            Self::Proc => "mount /proc (a container that masks parts of /proc forbids it; see `assize check`)",
            Self::Symlink => "make a symbolic link in the new root",
            Self::EtcFile => "write a file in the new /etc",
            Self::PivotRoot => "pivot into the new root",
            Self::DetachOldRoot => "detach the old root",
            Self::RootReadOnly => "make the new root read-only",
            Self::LimitUserNamespaces => "forbid nested user namespaces",
            Self::Hostname => "set the host name",
            Self::Bounding => "drop the capability bounding set",
            Self::NoNewPrivs => "set no_new_privs",
            Self::NonDumpable => "become non-dumpable",
            Self::Seccomp => "install the system-call policy",
            Self::LandlockRules => "prepare the Landlock rules",
            Self::Namespaces => "make the namespaces of a run",
            Self::BoxFs => "make the file system of the box",
            Self::BoxFile => "put a file into the box",
            Self::AppFs => "make the file system of the program",
            Self::AppFile => "put a file of the program in place",
            Self::Cgroup => "prepare the run's cgroup",
            Self::LastPid => "set the next process id",
            Self::CloneRun => "clone the run",
            Self::Session => "start a session",
            Self::Streams => "place the three streams",
            Self::MountBox => "mount /box",
            Self::MountTmp => "mount /tmp",
            Self::EnterBox => "enter /box",
            Self::ResourceLimit => "set a resource limit",
            Self::Credentials => "drop to the run's ids and no capabilities",
            Self::Landlock => "enter the Landlock domain",
            Self::Lockdown => "install the run's own system-call filter",
            Self::Exec => "execute the program",
            Self::Wait => "wait for the run",
            Self::HandBack => "make what the run left readable",
            Self::Opener => "open a file for a run",
        }
    }
}

/// A step that failed: plain data, so that it can cross from the run to the zygote and from there to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("failed to {}{}: {}", .step.what(), .detail.as_ref().map(|d| format!(" ({d})")).unwrap_or_default(), Errno::from_raw(*.errno).desc())]
pub struct Fault {
    /// Which step.
    pub step: Step,
    /// The error number; 0 where there is none.
    pub errno: i32,
    /// Which of several, for example a path.
    pub detail: Option<String>,
}

/// Gives an error its step.
pub(super) trait At<T> {
    fn at(self, step: Step) -> Result<T, Fault>;
    fn at_with(self, step: Step, detail: impl FnOnce() -> String) -> Result<T, Fault>;
}

impl<T> At<T> for nix::Result<T> {
    fn at(self, step: Step) -> Result<T, Fault> {
        self.map_err(|e| Fault { step, errno: e as i32, detail: None })
    }
    fn at_with(self, step: Step, detail: impl FnOnce() -> String) -> Result<T, Fault> {
        self.map_err(|e| Fault { step, errno: e as i32, detail: Some(detail()) })
    }
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, step: Step) -> Result<T, Fault> {
        self.map_err(|e| Fault { step, errno: e.raw_os_error().unwrap_or(0), detail: e.raw_os_error().is_none().then(|| e.to_string()) })
    }
    fn at_with(self, step: Step, detail: impl FnOnce() -> String) -> Result<T, Fault> {
        self.map_err(|e| Fault { step, errno: e.raw_os_error().unwrap_or(0), detail: Some(detail()) })
    }
}
