//! Into a systemd scope with a delegated cgroup, where our own can't be divided: what `systemd-run --user --scope` is for.
//!
//! systemd-run moves its own process into the scope and executes the command in it, so that pid, streams, every other
//! descriptor, terminal, signals and exit status are ours from beginning to end.
use crate::cli::{HostArgs, LimitsMode};
use crate::sandbox::Subtree;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Set for whom this was done: it is never done twice, whatever became of it.
const MARKER: &str = "ASSIZE_SCOPE";
/// How long the user manager may take to make a scope. It takes tens of milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Executes this program again in a scope, if that can give it what it lacks. Returns where it is not needed, not wanted, or
/// can't be had: then this process goes on as it is. Called while nothing is open or read yet.
pub fn enter_scope(args: &HostArgs) {
    if args.no_scope || args.limits_mode == LimitsMode::Rlimit || is_inside() {
        return;
    }
    let Some(runtime) = user_manager() else { return };
    if Subtree::establish(&[]).is_ok() {
        return;
    }
    // systemd-run's failure could not be told from the command's afterwards; so it is asked beforehand, with a command that
    // does nothing. From 254 on it may put variables into arguments, unless told not to; older ones don't know the option.
    let verbatim = ["--expand-environment=no"];
    let Some(options) = [&verbatim[..], &[]].into_iter().find(|options| answers(&runtime, options)) else {
        tracing::info!("systemd-run gives us no scope; limits are as without it");
        return;
    };
    match again(&runtime, options) {
        Ok(never) => match never {},
        Err(e) => tracing::info!("failed to start again in a scope: {e}"),
    }
}

/// Whether this was done already.
fn is_inside() -> bool {
    std::env::var_os(MARKER).is_some()
}

/// Whether `enter_scope` will try, unless arguments are against it.
pub(super) fn is_to_be_had() -> bool {
    !is_inside() && user_manager().is_some()
}

/// The runtime directory of a systemd user manager that listens. (Without a login, as under cron, nothing names it; after su(1) or
/// runuser(1) it may be another user's that is named, which we can't look into.)
fn user_manager() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usual = PathBuf::from(format!("/run/user/{}", nix::unistd::Uid::current()));
    named.into_iter().chain([usual]).find(|dir| dir.join("systemd/private").exists())
}

fn systemd_run(runtime: &PathBuf, options: &[&str]) -> Command {
    let mut command = Command::new("systemd-run");
    command.args(["--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes"]).args(options).arg("--");
    command.env("XDG_RUNTIME_DIR", runtime).env(MARKER, "1");
    command
}

/// Whether it makes scopes.
fn answers(runtime: &PathBuf, options: &[&str]) -> bool {
    let mut command = systemd_run(runtime, options);
    command.arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => break,
        }
    }
    // A manager that hangs: whether these succeed changes nothing.
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Becomes systemd-run, which becomes us.
fn again(runtime: &PathBuf, options: &[&str]) -> io::Result<std::convert::Infallible> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    Err(systemd_run(runtime, options).arg(std::env::current_exe()?).args(arguments).exec())
}
