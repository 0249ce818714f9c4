//! Which ids a slot's processes have, inside and outside (user_namespaces(7)).
//!
//! Inside, a run is always uid and gid [`RUN_ID`]. Outside it is never 0:
//! * `Self_`: the caller's own uid, the one map an unprivileged process may write;
//! * `Subuid`: a subordinate uid of the caller's per slot, through the set-uid newuidmap(1); the zygote keeps
//!   the caller's uid, so a run can't even name it as its own kind;
//! * `Root`: as root we write the map ourselves, and neither zygote nor run is in it with kuid 0.
use super::cpus;
use super::fault::{At, Fault, Step};
use super::mapper::Mapper;
use super::procfs;
use nix::unistd::{Gid, Pid, Uid, User};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};

/// uid and gid of a run, inside.
pub const RUN_ID: u32 = 1000;
/// uid and gid of the zygote inside, where the run has others.
const ZYGOTE_ID: u32 = 0;
/// Where the range starts that we use as root when /etc/subuid gives root none. Above what adduser (100000+)
/// and systemd-nspawn (524288–1879048191) hand out, below 2^31 which some tools read as negative.
const ROOT_BASE: u32 = 2_000_000_000;
const ROOT_COUNT: u32 = 65_536;

/// How ids are mapped in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdMap {
    /// One id: the caller's.
    Self_,
    /// The zygote is the caller, the run has a subordinate id.
    Subuid {
        /// Outside uid of the run.
        uid: u32,
        /// Outside gid of the run.
        gid: u32,
    },
    /// Written by root: both have ids of their own.
    Root {
        /// Outside uid and gid of the zygote; the run has the next one.
        base: u32,
    },
}

impl IdMap {
    /// The word the contract has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Self_ => "self",
            Self::Subuid { .. } => "subuid",
            Self::Root { .. } => "root",
        }
    }

    /// Whether zygote and run have different ids.
    pub(super) const fn separate(self) -> bool {
        !matches!(self, Self::Self_)
    }

    /// Outside uid of the zygote where it isn't the caller's.
    pub const fn zygote_uid(self) -> Option<u32> {
        match self {
            Self::Root { base } => Some(base),
            Self::Self_ | Self::Subuid { .. } => None,
        }
    }

    /// Writes the maps of the process `pid`, which waits in its new namespace, or has them written.
    pub(super) fn write(self, pid: Pid) -> Result<Mapping, Fault> {
        let proc = |file: &str, text: &str| {
            fs::OpenOptions::new()
                .write(true)
                .open(format!("/proc/{pid}/{file}"))
                .and_then(|mut f| f.write_all(text.as_bytes()))
                .at_with(Step::WriteIdMap, || file.to_owned())
        };
        let (uid, gid) = (Uid::current(), Gid::current());
        match self {
            Self::Self_ => {
                // Without this an unprivileged gid map is refused (user_namespaces(7), CVE-2014-8989).
                proc("setgroups", "deny")?;
                proc("uid_map", &format!("{RUN_ID} {uid} 1"))?;
                proc("gid_map", &format!("{RUN_ID} {gid} 1"))?;
                Ok(Mapping(Vec::new()))
            }
            Self::Subuid { uid: sub_uid, gid: sub_gid } => {
                // Side by side, and with all else that can be done meanwhile: they are the slowest step of a slot's start.
                let uids = new_id_map("newuidmap", pid, uid.as_raw(), sub_uid)?;
                // The other stays, and we with it.
                uids.pid().into_iter().for_each(cpus::send_away);
                Ok(Mapping(vec![uids, new_id_map("newgidmap", pid, gid.as_raw(), sub_gid)?]))
            }
            Self::Root { base } => {
                let map = format!("{ZYGOTE_ID} {base} 1\n{RUN_ID} {} 1\n", base + 1);
                proc("uid_map", &map)?;
                proc("gid_map", &map)?;
                Ok(Mapping(Vec::new()))
            }
        }
    }

    /// Whether a run could write to a file, or make it so that it could.
    pub(super) fn may_write(self, file: &fs::Metadata) -> bool {
        let owner = match self {
            Self::Self_ => Uid::current().as_raw(),
            Self::Subuid { uid, .. } => uid,
            Self::Root { base } => base + 1,
        };
        // The group's bits are also the most that an access control list gives to anybody (acl(5)).
        file.uid() == owner || file.mode() & 0o022 != 0
    }

    /// Taken by the zygote once the maps stand.
    pub(super) fn enter(self) -> Result<(), Fault> {
        if self.separate() {
            super::sys::set_ids(ZYGOTE_ID, ZYGOTE_ID).at(Step::SetIds)?;
        }
        Ok(())
    }
}

/// Maps that others are writing.
#[derive(Debug)]
pub(super) struct Mapping(Vec<Mapper>);

impl Mapping {
    /// Whether they are written already.
    pub(super) fn stands(&self) -> bool {
        self.0.is_empty()
    }

    /// Who is writing them.
    pub(super) fn writers(&self) -> impl Iterator<Item = Pid> {
        self.0.iter().filter_map(Mapper::pid)
    }

    /// Waits until they are written.
    pub(super) fn finish(self) -> Result<(), Fault> {
        self.0.into_iter().try_for_each(Mapper::finish)
    }
}

fn new_id_map(tool: &'static str, pid: Pid, own: u32, sub: u32) -> Result<Mapper, Fault> {
    let args = [pid.to_string(), ZYGOTE_ID.to_string(), own.to_string(), "1".into(), RUN_ID.to_string(), sub.to_string(), "1".into()];
    Mapper::start(tool, &locate(tool).unwrap_or_else(|| tool.into()), &args)
}

fn locate(tool: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(tool)).find(|path| path.exists())
}

/// A range of subordinate ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first id.
    pub start: u32,
    /// How many.
    pub count: u32,
}

/// Why there are no ids to map but our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoIds {
    /// In a user namespace that has hardly any itself.
    Root,
    /// In a container, whose set-uid programs gain less.
    BoundingSet,
    /// Set-uid programs gain nothing.
    NoNewPrivs,
    /// /etc/subuid gives this user none.
    Subuid,
    /// /etc/subgid gives this user none.
    Subgid,
    /// No newuidmap(1), no newgidmap(1).
    Tools,
}

impl std::fmt::Display for NoIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Root => "root of this user namespace has no ids to give away",
            Self::BoundingSet => "this container's bounding set lacks what newuidmap needs (CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID)",
            Self::NoNewPrivs => "no_new_privs is set for this process, so newuidmap can't gain its privilege",
            Self::Subuid => "/etc/subuid has no range for this user",
            Self::Subgid => "/etc/subgid has no range for this user",
            Self::Tools => "newuidmap and newgidmap (package uidmap) are not installed",
        })
    }
}

/// What this process may map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSource {
    /// Only itself, and why no more.
    Self_ {
        /// What is missing for `subuid`.
        missing: NoIds,
    },
    /// Subordinate ids.
    Subuid {
        /// From /etc/subuid.
        uids: Range,
        /// From /etc/subgid.
        gids: Range,
    },
    /// Anything: we are root.
    Root(Range),
}

impl IdSource {
    /// Looks at who we are, /etc/subuid, /etc/subgid, and whether newuidmap(1) is there.
    pub fn detect() -> Self {
        let uid = Uid::effective();
        let name = name_of(uid);
        let uids = own_range("/etc/subuid", name.as_deref(), uid);
        if uid.is_root() {
            let wanted = uids.filter(|r| r.count >= 2).unwrap_or(Range { start: ROOT_BASE, count: ROOT_COUNT });
            let map = procfs::read("/proc/self/uid_map").unwrap_or_default();
            return match root_range(wanted, &map) {
                Some(range) => Self::Root(range),
                None => Self::Self_ { missing: NoIds::Root },
            };
        }
        // First what no range and no package mends.
        let status = procfs::read("/proc/self/status").unwrap_or_default();
        if !can_map(&status) {
            return Self::Self_ { missing: NoIds::BoundingSet };
        }
        if no_new_privs(&status) {
            return Self::Self_ { missing: NoIds::NoNewPrivs };
        }
        let Some(uids) = uids else { return Self::Self_ { missing: NoIds::Subuid } };
        let Some(gids) = own_range("/etc/subgid", name.as_deref(), uid) else {
            return Self::Self_ { missing: NoIds::Subgid };
        };
        if ["newuidmap", "newgidmap"].iter().any(|tool| locate(tool).is_none()) {
            return Self::Self_ { missing: NoIds::Tools };
        }
        Self::Subuid { uids, gids }
    }

    /// The word the contract has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Self_ { .. } => "self",
            Self::Subuid { .. } => "subuid",
            Self::Root(_) => "root",
        }
    }

    /// Ids for one more slot, held until the claim is dropped. They differ from those of every other slot on
    /// this host, in this process or another; only where a range has run out is the caller's own id used.
    pub fn claim(self) -> io::Result<Claim> {
        match self {
            Self::Self_ { .. } => Ok(Claim { ids: IdMap::Self_, _hold: None }),
            Self::Subuid { uids, gids } => {
                let (n, hold) = hold_number("id", uids.start, uids.count.min(gids.count))?;
                Ok(Claim { ids: IdMap::Subuid { uid: uids.start + n, gid: gids.start + n }, _hold: Some(hold) })
            }
            Self::Root(range) => {
                let (n, hold) = hold_number("id", range.start, range.count / 2)?;
                Ok(Claim { ids: IdMap::Root { base: range.start + 2 * n }, _hold: Some(hold) })
            }
        }
    }
}

/// Ids of a slot, reserved.
#[derive(Debug)]
pub struct Claim {
    /// Which.
    pub ids: IdMap,
    _hold: Option<UnixDatagram>,
}

/// The lowest free number below `count`. It is held by the name of an abstract socket: binding is atomic, and
/// the kernel gives the name back when we are gone, however we go.
fn hold_number(kind: &str, start: u32, count: u32) -> io::Result<(u32, UnixDatagram)> {
    for n in 0..count {
        let name = format!("assize-{kind}-{start}-{n}");
        match UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?) {
            Ok(socket) => return Ok((n, socket)),
            Err(e) if e.kind() == io::ErrorKind::AddrInUse => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other(format!(
        "all {count} subordinate ids from {start} are in use by running slots; give this user a larger range (usermod --add-subuids)"
    )))
}

/// A user's name. /etc/passwd is nearly always the first source that nsswitch.conf(5) names, and takes a tenth of the calls of asking
/// them all; who is not in there may be known to another.
fn name_of(uid: Uid) -> Option<String> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&passwd, uid.as_raw()).map(str::to_owned).or_else(|| User::from_uid(uid).ok().flatten().map(|u| u.name))
}

/// A user's name in a file of passwd(5)'s form.
fn name_in(passwd: &str, uid: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

/// The first range of this user in a file of subuid(5)'s form, by name or number.
fn own_range(file: &str, name: Option<&str>, uid: Uid) -> Option<Range> {
    parse_range(&fs::read_to_string(file).ok()?, name, uid.as_raw())
}

fn parse_range(text: &str, name: Option<&str>, uid: u32) -> Option<Range> {
    text.lines().find_map(|line| {
        let mut parts = line.trim().split(':');
        let who = parts.next()?;
        let range = Range { start: parts.next()?.parse().ok()?, count: parts.next()?.parse().ok()? };
        let ours = Some(who) == name || who.parse() == Ok(uid);
        (ours && range.start > 0 && range.count > 0 && range.start.checked_add(range.count).is_some()).then_some(range)
    })
}

/// Where root's slots have their ids, by the map of the user namespace we are in: as wanted on a host; in a container that
/// is a user namespace, the upper half of the ids it was given.
fn root_range(wanted: Range, map: &str) -> Option<Range> {
    let extents = || {
        map.lines().filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse::<u32>);
            let (inside, _outside, count) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
            Some(Range { start: inside, count })
        })
    };
    let holds = |e: &Range| e.start <= wanted.start && wanted.count <= e.count && wanted.start - e.start <= e.count - wanted.count;
    if extents().any(|e| holds(&e)) {
        return Some(wanted);
    }
    let largest = extents().max_by_key(|e| e.count).filter(|e| e.count >= 4)?;
    let count = (largest.count / 2).min(ROOT_COUNT);
    Some(Range { start: largest.start + (largest.count - count), count })
}

/// Whether newuidmap(1) can do its work: as set-uid root it gets no more than the bounding set, and to write a map it needs
/// CAP_SYS_ADMIN over the new namespace, which as anyone but its owner it has from above only. With file capabilities it stays
/// the owner.
fn can_map(status: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const SETGID: u64 = 1 << 6;
    const SETUID: u64 = 1 << 7;
    const SYS_ADMIN: u64 = 1 << 21;
    let bounding = status.lines().find_map(|l| u64::from_str_radix(l.strip_prefix("CapBnd:")?.trim(), 16).ok()).unwrap_or(u64::MAX);
    let tool = locate("newuidmap").and_then(|path| fs::metadata(path).ok());
    let set_uid = tool.is_some_and(|m| m.permissions().mode() & 0o4000 != 0);
    let needed = SETGID | SETUID | if set_uid { SYS_ADMIN } else { 0 };
    bounding & needed == needed
}

fn no_new_privs(status: &str) -> bool {
    status.lines().any(|l| l.starts_with("NoNewPrivs:") && l.ends_with('1'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_by_name_and_number() {
        let text = "# comment\nann:100000:65536\n1001:200000:10\nbad:x:y\nzero:0:5\n";
        assert_eq!(parse_range(text, Some("ann"), 7), Some(Range { start: 100_000, count: 65_536 }));
        assert_eq!(parse_range(text, None, 1001), Some(Range { start: 200_000, count: 10 }));
        assert_eq!(parse_range(text, Some("bad"), 7), None);
        assert_eq!(parse_range(text, Some("zero"), 7), None);
    }

    #[test]
    fn names_are_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbroken\nann:x:1001:1001::/home/ann:\ntwin:x:1001:7::/:\n";
        assert_eq!(name_in(passwd, 1001), Some("ann"));
        assert_eq!(name_in(passwd, 0), Some("root"));
        assert_eq!(name_in(passwd, 7), None);
    }

    #[test]
    fn root_gives_away_ids_that_it_has() {
        let wanted = Range { start: ROOT_BASE, count: ROOT_COUNT };
        assert_eq!(root_range(wanted, "         0          0 4294967295\n"), Some(wanted));
        let of_a_container = root_range(wanted, "0 1000 1\n1 100000 65536\n");
        assert_eq!(of_a_container, Some(Range { start: 32_769, count: 32_768 }));
        assert_eq!(root_range(wanted, "0 1000 1\n"), None);
    }

    #[test]
    fn numbers_are_held_until_dropped() {
        let start = 3_000_000_000 + std::process::id();
        let (a, hold_a) = hold_number("test", start, 2).unwrap();
        let (b, _hold_b) = hold_number("test", start, 2).unwrap();
        assert_eq!((a, b), (0, 1));
        assert!(hold_number("test", start, 2).is_err());
        drop(hold_a);
        assert_eq!(hold_number("test", start, 2).unwrap().0, 0);
    }
}
