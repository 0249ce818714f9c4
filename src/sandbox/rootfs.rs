//! The root of a slot: a tmpfs with read-only binds, entered by pivot_root(2) before any untrusted byte exists.
//!
//! Everything is mounted by descriptor (fsopen(2), open_tree(2), move_mount(2)), so no path is resolved twice:
//! what was opened is what is bound. Bind sources are opened before the zygote changes its ids, so that a
//! toolchain in the caller's own home can be bound by a zygote that could not walk there.
use super::fault::{At, Fault, Step};
use super::sys;
use super::wire::RootPlan;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};
use nix::unistd::{fchdir, symlinkat, write};
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

/// The device nodes a run has, each a bind of the host's.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Files in /etc that a C library, a JVM or a shell looks for. Nothing of the host's stands in them.
const ETC: [(&str, &str); 5] = [
    (
        "etc/passwd",
        "root:x:0:0:root:/:/usr/sbin/nologin\nbox:x:1000:1000:box:/box:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    ),
    ("etc/group", "root:x:0:\nbox:x:1000:\nnogroup:x:65534:\n"),
    ("etc/hosts", "127.0.0.1 localhost\n"),
    ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("etc/hostname", "assize\n"),
];

const RDONLY: u64 = libc::MOUNT_ATTR_RDONLY;
const NOSUID: u64 = libc::MOUNT_ATTR_NOSUID;
const NODEV: u64 = libc::MOUNT_ATTR_NODEV;
const NOEXEC: u64 = libc::MOUNT_ATTR_NOEXEC;

/// Bind sources, opened with the caller's own rights.
#[derive(Debug)]
pub(super) struct Sources {
    binds: Vec<(OwnedFd, PathBuf)>,
    devices: Vec<(OwnedFd, &'static str)>,
}

impl Sources {
    /// Opens everything the root binds.
    pub(super) fn open(plan: &RootPlan) -> Result<Self, Fault> {
        let path =
            |p: &Path| open(p, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).at_with(Step::OpenBindSource, || p.display().to_string());
        let binds = plan.root.mounts.iter().map(|m| Ok((path(&m.source)?, m.target.clone()))).collect::<Result<_, Fault>>()?;
        let devices = DEVICES.iter().map(|d| Ok((path(&Path::new("/dev").join(d))?, *d))).collect::<Result<_, Fault>>()?;
        Ok(Self { binds, devices })
    }
}

/// Builds the root and enters it. Afterwards the slot's mount namespace holds this root and nothing else.
pub(super) fn enter(plan: &RootPlan, sources: &Sources) -> Result<(), Fault> {
    // Our copy of the host's mounts must not pass anything on, in either direction.
    nix::mount::mount(None::<&str>, "/", None::<&str>, nix::mount::MsFlags::MS_REC | nix::mount::MsFlags::MS_PRIVATE, None::<&str>)
        .at(Step::PrivateMounts)?;
    let fs = sys::fsopen(c"tmpfs").at(Step::NewRoot)?;
    for (key, value) in [(c"size", c"4m"), (c"nr_inodes", c"4096"), (c"mode", c"0755")] {
        sys::fsconfig_set(fs.as_fd(), key, value).at(Step::NewRoot)?;
    }
    sys::fsconfig_create(fs.as_fd()).at(Step::NewRoot)?;
    let root = sys::fsmount(fs.as_fd(), NOSUID | NODEV).at(Step::NewRoot)?;
    // pivot_root wants a mount that is attached: any directory of the old root will do to hang it on.
    sys::move_mount(root.as_fd(), libc::AT_FDCWD, c"/tmp").at(Step::NewRoot)?;

    for dir in ["app", "box", "tmp", "proc", "dev", "etc"] {
        make_dir(root.as_fd(), Path::new(dir))?;
    }
    let read_only = if plan.without.read_only() { 0 } else { RDONLY };
    for (source, target) in &sources.binds {
        bind(root.as_fd(), source.as_fd(), target, read_only | NOSUID | NODEV)?;
    }
    for (source, name) in &sources.devices {
        // No nodev here: it is what makes a device node work. Read-only does not keep anybody from writing to the device, but from
        // setting the times of the host's node, which whoever may write to it otherwise can (utimensat(2)), for all runs to see.
        bind(root.as_fd(), source.as_fd(), &Path::new("dev").join(name), read_only | NOSUID | NOEXEC)?;
    }
    for (text, link) in [
        ("/proc/self/fd", "dev/fd"),
        ("/proc/self/fd/0", "dev/stdin"),
        ("/proc/self/fd/1", "dev/stdout"),
        ("/proc/self/fd/2", "dev/stderr"),
    ] {
        symlinkat(text, root.as_fd(), link).at_with(Step::Symlink, || link.to_owned())?;
    }
    for (name, text) in ETC {
        etc_file(root.as_fd(), name, text)?;
    }
    for (text, link) in &plan.root.symlinks {
        let link = relative(link)?;
        if let Some(parent) = link.parent() {
            make_dir(root.as_fd(), parent)?;
        }
        symlinkat(text, root.as_fd(), &link).at_with(Step::Symlink, || link.display().to_string())?;
    }
    mount_proc(root.as_fd())?;

    fchdir(root.as_fd()).at(Step::PivotRoot)?;
    sys::pivot_root_here().at(Step::PivotRoot)?;
    nix::mount::umount2(".", nix::mount::MntFlags::MNT_DETACH).at(Step::DetachOldRoot)?;
    nix::unistd::chdir("/").at(Step::PivotRoot)?;
    sys::mount_set(root.as_fd(), RDONLY, false).at(Step::RootReadOnly)
}

/// /proc of the slot's own PID namespace, with processes only (`subset=pid`, since 5.8): no sysctl, no keys, no
/// kcore, no view of the host; and of processes only those the reader could trace (`hidepid=ptraceable`).
/// The super block is shared by the slot's runs, but holds nothing of a run that is dead.
fn mount_proc(root: BorrowedFd) -> Result<(), Fault> {
    let fs = sys::fsopen(c"proc").at(Step::Proc)?;
    sys::fsconfig_set(fs.as_fd(), c"subset", c"pid").at(Step::Proc)?;
    sys::fsconfig_set(fs.as_fd(), c"hidepid", c"ptraceable").at(Step::Proc)?;
    sys::fsconfig_create(fs.as_fd()).at(Step::Proc)?;
    let proc = sys::fsmount(fs.as_fd(), RDONLY | NOSUID | NODEV | NOEXEC).at(Step::Proc)?;
    sys::move_mount(proc.as_fd(), root.as_raw_fd(), c"proc").at(Step::Proc)
}

fn bind(root: BorrowedFd, source: BorrowedFd, target: &Path, attributes: u64) -> Result<(), Fault> {
    let target = relative(target)?;
    let name = || target.display().to_string();
    let is_dir = SFlag::from_bits_truncate(fstat(source).at_with(Step::Bind, name)?.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR;
    if is_dir {
        make_dir(root, &target)?;
    } else {
        if let Some(parent) = target.parent() {
            make_dir(root, parent)?;
        }
        drop(create(root, &target).at_with(Step::MakeMountPoint, name)?);
    }
    // Recursive, because an unprivileged copy of a mount may not uncover what is mounted below it.
    let tree = sys::open_tree_clone(source, c"", true).at_with(Step::Bind, name)?;
    sys::mount_set(tree.as_fd(), attributes, true).at_with(Step::BindReadOnly, name)?;
    let at = CString::new(target.as_os_str().as_encoded_bytes()).map_err(|_| Errno::EINVAL).at_with(Step::Bind, name)?;
    sys::move_mount(tree.as_fd(), root.as_raw_fd(), &at).at_with(Step::Bind, name)
}

/// A path below the root, without the leading slash; profiles are the user's, but `..` is never meant.
fn relative(path: &Path) -> Result<PathBuf, Fault> {
    let out: PathBuf = path.components().filter(|c| matches!(c, Component::Normal(_))).collect();
    if path.components().any(|c| matches!(c, Component::ParentDir)) || out.as_os_str().is_empty() {
        return Err(Fault { step: Step::MakeMountPoint, errno: libc::EINVAL, detail: Some(path.display().to_string()) });
    }
    Ok(out)
}

fn make_dir(root: BorrowedFd, path: &Path) -> Result<(), Fault> {
    let mut at = PathBuf::new();
    for part in path.components() {
        at.push(part);
        match mkdirat(root, &at, Mode::from_bits_truncate(0o755)) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(e) => return Err(e).at_with(Step::MakeMountPoint, || at.display().to_string()),
        }
    }
    Ok(())
}

fn create(root: BorrowedFd, path: &Path) -> nix::Result<OwnedFd> {
    openat(
        root,
        path,
        OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC,
        Mode::from_bits_truncate(0o644),
    )
}

fn etc_file(root: BorrowedFd, name: &str, text: &str) -> Result<(), Fault> {
    let file = match create(root, Path::new(name)) {
        // A profile that binds a file of its own there knows better.
        Err(Errno::EEXIST) => return Ok(()),
        other => other.at_with(Step::EtcFile, || name.to_owned())?,
    };
    write(file, text.as_bytes()).at_with(Step::EtcFile, || name.to_owned()).map(drop)
}
