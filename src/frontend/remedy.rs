//! What mends a host: for each thing that can be missing, the one command to type.
use crate::sandbox::{Fault, NoIds, Step};
use std::fs;
use std::path::Path;

/// Where this process runs: each place has switches of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Host,
    /// Docker's, Podman's or systemd-nspawn's.
    Container,
    /// Of Kubernetes.
    Pod,
}

impl Place {
    fn find() -> Self {
        Self::of(Path::new("/"), std::env::var_os("KUBERNETES_SERVICE_HOST").is_some())
    }

    /// By what each leaves in a root. A kubelet gives every container a termination log, and those that no API server told it of
    /// have nothing else to be known by.
    fn of(root: &Path, service: bool) -> Self {
        let has = |path: &&str| root.join(path).exists();
        if service || has(&"dev/termination-log") {
            Self::Pod
        } else if [".dockerenv", "run/.containerenv", "run/systemd/container"].iter().any(has) {
            Self::Container
        } else {
            Self::Host
        }
    }
}

/// Why no slot stands here, as far as the host's settings tell, and what mends it.
pub(super) fn slot(fault: &Fault) -> Option<String> {
    match fault.step {
        Step::CloneZygote | Step::WriteIdMap | Step::PrivateMounts | Step::NewRoot => user_namespaces(),
        Step::Proc => Some(proc(Place::find()).to_owned()),
        // The one call that Podman's filter forbids.
        Step::Hostname => unconfined(Place::find()).map(str::to_owned),
        Step::NewUidMap => Some(subordinate_ids()),
        Step::Seccomp | Step::Lockdown => Some("use a kernel with CONFIG_SECCOMP_FILTER (every distribution's has it)".to_owned()),
        _ => None,
    }
}

/// The kernel lets nobody mount a /proc that shows more than the one he has (mount_too_revealing in fs/namespace.c).
const fn proc(place: Place) -> &'static str {
    match place {
        Place::Host => "unmount what covers parts of /proc: `grep ' /proc/' /proc/self/mountinfo` lists it",
        Place::Container => {
            "start the container with `--security-opt systempaths=unconfined` (Docker) or `--security-opt unmask=ALL` (Podman)"
        }
        Place::Pod => "give the pod `hostUsers: false`, and the container `securityContext: {procMount: Unmasked}`",
    }
}

fn user_namespaces() -> Option<String> {
    let setting = |path: &str| fs::read_to_string(path).ok().map(|s| s.trim().to_owned());
    if setting("/proc/sys/user/max_user_namespaces").as_deref() == Some("0") {
        return Some("sudo sysctl -w user.max_user_namespaces=15000".to_owned());
    }
    if setting("/proc/sys/kernel/unprivileged_userns_clone").as_deref() == Some("0") {
        return Some("sudo sysctl -w kernel.unprivileged_userns_clone=1".to_owned());
    }
    if setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1") {
        return Some(apparmor());
    }
    unconfined(Place::find()).map(str::to_owned).or_else(confined)
}

/// What started us may be confined by `AppArmor` (apparmor.d(5)), and we with it.
pub(super) fn confined() -> Option<String> {
    let label = fs::read_to_string("/proc/self/attr/current").ok()?;
    let profile = label.trim().trim_end_matches('\0').strip_suffix(" (enforce)")?.to_owned();
    if let Some(engines) = unconfined(Place::find()) {
        return Some(engines.to_owned());
    }
    let program = std::env::current_exe().ok()?;
    Some(format!(
        "AppArmor confines assize by the profile {profile}: add `{} px,` to that, and install assize's own (profiles/hosts/apparmor)",
        program.display()
    ))
}

/// What forbids containers to make namespaces and mounts.
const fn unconfined(place: Place) -> Option<&'static str> {
    match place {
        Place::Host => None,
        Place::Container => Some(
            "start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or with assize's own profiles instead (README, \"In a container\")",
        ),
        Place::Pod => {
            Some("give the container `securityContext: {seccompProfile: {type: Unconfined}, appArmorProfile: {type: Unconfined}}`")
        }
    }
}

/// Ubuntu since 23.10 gives a new user namespace no capabilities unless the program's AppArmor profile allows `userns`.
fn apparmor() -> String {
    let program = std::env::current_exe().map_or_else(|_| "/usr/local/bin/assize".to_owned(), |p| p.display().to_string());
    format!(
        "printf 'abi <abi/4.0>,\\nprofile assize \"{program}\" flags=(unconfined) {{\\n  userns,\\n}}\\n' | sudo tee /etc/apparmor.d/assize && sudo apparmor_parser -r /etc/apparmor.d/assize"
    )
}

/// What gives us a cgroup of our own to divide. (A systemd user manager that listens was asked already.)
pub(super) fn limits() -> String {
    match Place::find() {
        Place::Pod => {
            return "have the node's containerd (2.1 or later, on cgroup v2) start it by a runtime with `cgroup_writable = true`"
                .to_owned();
        }
        Place::Container => {
            return "on a host with cgroup v2, start the container with `--cgroupns=private`, and with `--security-opt unmask=ALL` as its root (Podman) or `--security-opt writable-cgroups=true` (Docker 28 and later)".to_owned();
        }
        Place::Host => {}
    }
    let offered = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
    if !offered.split_whitespace().any(|c| c == "memory") {
        return "printf 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX systemd.unified_cgroup_hierarchy=1\"\\n' | sudo tee /etc/default/grub.d/cgroup2.cfg && sudo update-grub && sudo reboot"
            .to_owned();
    }
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::current()).ok().flatten().map(|u| u.name);
    if Path::new(&format!("/run/user/{}/systemd/private", nix::unistd::Uid::current())).exists() {
        "systemd-run --user --scope -p Delegate=yes assize check".to_owned()
    } else {
        // Starts the user manager, now and at boot: assize finds it, logged in or not.
        format!("sudo loginctl enable-linger {}", user.unwrap_or_else(|| nix::unistd::Uid::current().to_string()))
    }
}

/// What gives the subtree we have a cpu controller.
pub(super) fn cpu_controller() -> String {
    if Place::find() != Place::Host {
        return "give the cgroup that the container's is in a cpu controller, on the host".to_owned();
    }
    // systemd's default is to give user managers some controllers only (user@.service).
    "sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\nDelegate=yes\n' | sudo tee /etc/systemd/system/user@.service.d/assize.conf && sudo systemctl daemon-reload"
        .to_owned()
}

/// What gives slots ids of their own.
pub(super) fn ids(missing: NoIds) -> String {
    ids_in(Place::find(), missing)
}

fn ids_in(place: Place, missing: NoIds) -> String {
    match missing {
        // Which maps 65536 ids.
        _ if place == Place::Pod => "start the container as its root (`runAsUser: 0`), in a pod with `hostUsers: false`".to_owned(),
        NoIds::Subuid | NoIds::Subgid => subordinate_ids(),
        NoIds::Tools => install_uidmap(),
        NoIds::BoundingSet => "start assize as the container's root, `--user 0` (Docker, Podman): there it maps ids itself".to_owned(),
        NoIds::NoNewPrivs => {
            "start assize where it is not: in a systemd unit with `User=` and a range in /etc/subuid, without `DynamicUser=yes` and \
             `NoNewPrivileges=yes`; in a container without `--security-opt no-new-privileges`"
                .to_owned()
        }
        NoIds::Root => "give this user namespace more than one range of ids (user_namespaces(7)), or start assize outside of it".to_owned(),
    }
}

/// A range of subordinate ids of the caller's own, above all that are given out.
fn subordinate_ids() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::current()).ok().flatten();
    let user = user.map_or_else(|| nix::unistd::Uid::current().to_string(), |u| u.name);
    let ends = |file: &str| -> Vec<u64> {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().filter_map(|l| l.split(':').skip(1).map(|n| n.trim().parse::<u64>().ok()).sum::<Option<u64>>()).collect()
    };
    let start = ends("/etc/subuid").into_iter().chain(ends("/etc/subgid")).max().unwrap_or(0).max(100_000);
    format!("sudo usermod --add-subuids {start}-{end} --add-subgids {start}-{end} {user}", end = start + 65_535)
}

/// newuidmap(1) and newgidmap(1).
fn install_uidmap() -> String {
    let manager =
        [("apt-get", "sudo apt-get install uidmap"), ("dnf", "sudo dnf install shadow-utils"), ("pacman", "sudo pacman -S shadow")];
    let found = manager.iter().find(|(tool, _)| Path::new("/usr/bin").join(tool).exists());
    found.map_or("install newuidmap and newgidmap (of the package shadow)", |(_, command)| command).to_owned()
}

/// Why there is no Landlock, and what mends it.
pub(super) fn landlock() -> (String, String) {
    match fs::read_to_string("/sys/kernel/security/lsm") {
        Ok(active) if !active.contains("landlock") => (
            format!("this kernel runs without it (its security modules: {})", active.trim()),
            format!(
                "printf 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX lsm=landlock,{}\"\\n' | sudo tee /etc/default/grub.d/landlock.cfg && sudo update-grub && sudo reboot",
                active.trim()
            ),
        ),
        _ => ("this kernel has it not, or hides it".to_owned(), "use Linux 5.13 or later, with CONFIG_SECURITY_LANDLOCK".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_what_they_leave() {
        for (file, place) in [
            ("etc/hosts", Place::Host),
            (".dockerenv", Place::Container),
            ("run/.containerenv", Place::Container),
            ("dev/termination-log", Place::Pod),
        ] {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
            fs::write(root.path().join(file), "").unwrap();
            assert_eq!(Place::of(root.path(), false), place, "{file}");
            assert_eq!(Place::of(root.path(), true), Place::Pod, "{file}");
        }
    }

    #[test]
    fn a_pod_is_told_of_its_own_switches() {
        assert!(proc(Place::Pod).contains("procMount: Unmasked"));
        assert!(unconfined(Place::Pod).is_some_and(|fix| fix.contains("seccompProfile")));
        for missing in [NoIds::Root, NoIds::BoundingSet, NoIds::NoNewPrivs, NoIds::Subuid, NoIds::Subgid, NoIds::Tools] {
            assert!(ids_in(Place::Pod, missing).contains("runAsUser: 0"), "{missing:?}");
        }
        assert!(ids_in(Place::Host, NoIds::Subuid).contains("usermod"));
    }
}
