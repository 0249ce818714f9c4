//! The root of a command that is no language's: the system's programs and libraries, and what the caller adds.
use super::error::ProfileError;
use super::load::Profiles;
use super::mounts;
use crate::sandbox::{Mount, Root, SlotSpec};
use std::path::Path;

/// The system, read-only.
const BINDS: [&str; 2] = ["/usr", "/etc/alternatives"];
/// Directories that are the sandbox's own.
const OWN: [&str; 5] = ["/app", "/box", "/dev", "/proc", "/tmp"];

/// The root of commands. Sources in `extra` are the host's, targets absolute.
pub fn command_root(extra: &[Mount]) -> Result<Root, ProfileError> {
    let mut root = mounts::system(&BINDS);
    for mount in extra {
        let refuse = |message: String| ProfileError::Bind { target: mount.target.clone(), message };
        let source =
            mount.source.canonicalize().map_err(|e| refuse(format!("{}: {e}; give a path that exists", mount.source.display())))?;
        let target = &mount.target;
        if let Some(own) = OWN.map(Path::new).into_iter().find(|own| target.starts_with(own) || own.starts_with(target)) {
            return Err(refuse(format!("{} is the sandbox's own; choose another place inside (SRC:DST)", own.display())));
        }
        // A mount point in a read-only directory could not be made.
        if let Some(over) = root.mounts.iter().find(|m| m.target != *target && target.starts_with(&m.target)) {
            return Err(refuse(format!("{} is there already; choose a place outside of it (SRC:DST)", over.target.display())));
        }
        if let Some(under) = root.mounts.iter().find(|m| m.target.starts_with(target)) {
            return Err(refuse(format!("it would hide {}; choose another place inside (SRC:DST)", under.target.display())));
        }
        root.mounts.push(Mount { source, target: target.clone() });
    }
    Ok(root)
}

impl Profiles {
    /// A slot for commands under the policy of that name.
    pub fn command_slot(&self, policy: &str, root: Root) -> Result<SlotSpec, ProfileError> {
        let found = self.policy(policy).ok_or_else(|| ProfileError::NoPolicy {
            policy: policy.to_owned(),
            known: self.policies().map(|p| p.id()).collect::<Vec<_>>().join(", "),
        })?;
        if !found.starts_programs() {
            return Err(ProfileError::NothingStarts { policy: policy.to_owned() });
        }
        Ok(SlotSpec {
            root,
            policy: policy.to_owned(),
            filters: found.filters()?.to_vec(),
            ipc_objects: found.ipc_objects(),
            lockdown: found.lockdown(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::LimitMode;

    #[test]
    fn what_cannot_be_bound_is_refused() {
        let root = |source: &str, target: &str| command_root(&[Mount { source: source.into(), target: target.into() }]);
        for (source, target) in [("/etc/hostname", "/data/name"), ("/var", "/var"), ("/etc", "/srv/etc")] {
            assert!(root(source, target).unwrap().mounts.iter().any(|m| m.target == Path::new(target)), "{target}");
        }
        for target in ["/", "/box", "/box/x", "/proc/1", "/usr/local/x", "/usr", "/etc"] {
            assert!(matches!(root("/var", target), Err(ProfileError::Bind { .. })), "{target}");
        }
        assert!(matches!(root("/no/such/path", "/x"), Err(ProfileError::Bind { .. })));
        let profiles = Profiles::load(&[], LimitMode::Rlimit).unwrap();
        assert!(matches!(profiles.command_slot("nonsense", Root::default()), Err(ProfileError::NoPolicy { .. })));
    }
}
