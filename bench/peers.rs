//! Whole processes, on the same work, by turns: `assize run`, bubblewrap, and who else is on PATH.
use super::growth::on_path;
use super::report::{Row, Series};
use super::{Options, binary};
use anyhow::{anyhow, ensure};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub const ROWS: [&str; 7] = ["true", "assize_run", "assize_run_self", "assize_run_shared", "bubblewrap", "nsjail", "isolate"];

const TRUE: &str = "/usr/bin/true";
const SELF: &str = "assize_run_self";

/// By a thread of its own: `unprivileged` is for good, and takes the gain out of set-uid programs such as newuidmap(1). All have one, so
/// that all have the same start.
fn timed(command: &mut Command, unprivileged: bool) -> anyhow::Result<(ExitStatus, Duration)> {
    let run = || {
        if unprivileged {
            nix::sys::prctl::set_no_new_privs()?;
        }
        let began = Instant::now();
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        anyhow::Ok((status, began.elapsed()))
    };
    std::thread::scope(|threads| threads.spawn(run).join()).map_err(|_| anyhow!("a panic"))?
}

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut subjects: Vec<(&'static str, Command, &str)> = vec![("true", Command::new(TRUE), "/usr/bin/true by itself")];
    let run = |binary: PathBuf| {
        let mut run = Command::new(binary);
        run.args(["run", "--result", "/dev/null", "--", TRUE]).env("ASSIZE_LOG", "error");
        run
    };
    let whole = "`assize run`: start, one slot, the run with everything it has, clean up; ratio to bubblewrap";
    subjects.push(("assize_run", run(binary::path()), whole));
    subjects.push((SELF, run(binary::path()), "likewise, with the caller's own ids, which is what bubblewrap maps"));
    if let Some(shared) = binary::shared() {
        subjects.push(("assize_run_shared", run(shared), "assize_run with shared libraries, as cargo build makes it"));
    }
    if on_path("bwrap") {
        let mut bwrap = Command::new("bwrap");
        // The same binds, devices and namespaces; no seccomp, no limits, no measurement: it has none by itself.
        bwrap.args(["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr"]);
        bwrap.args(["--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"]);
        bwrap.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/box", "--chdir", "/box", TRUE]);
        subjects.push(("bubblewrap", bwrap, "bwrap with the same binds; no limits, filter or measurement"));
    }
    if on_path("nsjail") {
        let mut nsjail = Command::new("nsjail");
        nsjail.args(["-Mo", "-Q", "-R", "/usr", "-s", "usr/lib:/lib", "-s", "usr/lib64:/lib64", "-T", "/tmp", "--", TRUE]);
        subjects.push(("nsjail", nsjail, "nsjail -Mo with the same binds"));
    }
    if on_path("isolate") {
        let mut isolate = Command::new("sh");
        isolate.args(["-c", &format!("isolate --init > /dev/null && isolate --silent --run -- {TRUE} && isolate --cleanup")]);
        subjects.push(("isolate", isolate, "isolate: init, run, cleanup"));
    }
    let mut series: Vec<Series> = subjects.iter().map(|_| Series::new()).collect();
    for _ in 0..(options.runs / 20).clamp(10, 250) {
        for ((name, command, _), series) in subjects.iter_mut().zip(&mut series) {
            let (status, took) = timed(command, *name == SELF)?;
            series.add(took);
            ensure!(status.success(), "{name} ended with {status}");
        }
    }
    let at = |wanted: &str| subjects.iter().position(|(name, ..)| *name == wanted).map(|at| series[at].p50());
    let (alone, bwrap) = (at("true"), at("bubblewrap"));
    let base = |name: &str| match name {
        "true" => None,
        ours if ours.starts_with("assize") => bwrap,
        _ => alone,
    };
    Ok(subjects.iter().zip(&series).map(|((name, _, note), s)| s.row(name, base(name), *note)).collect())
}
