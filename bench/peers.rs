//! Whole processes, on the same work, by turns: `assize run`, bubblewrap, and who else is on PATH.
use super::growth::on_path;
use super::report::{Row, Series};
use super::{Options, binary};
use anyhow::ensure;
use std::process::{Command, Stdio};
use std::time::Instant;

pub const ROWS: [&str; 5] = ["true", "assize_run", "bubblewrap", "nsjail", "isolate"];

const TRUE: &str = "/usr/bin/true";

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut subjects: Vec<(&'static str, Command, &str)> = vec![("true", Command::new(TRUE), "/usr/bin/true by itself")];
    let mut run = Command::new(binary::path());
    run.args(["run", "--result", "/dev/null", "--", TRUE]).env("ASSIZE_LOG", "error");
    subjects.push(("assize_run", run, "`assize run`: start, one slot, the run with everything it has, clean up; ratio to bubblewrap"));
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
            let began = Instant::now();
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
            series.add(began.elapsed());
            ensure!(status.success(), "{name} ended with {status}");
        }
    }
    let at = |wanted: &str| subjects.iter().position(|(name, ..)| *name == wanted).map(|at| series[at].p50());
    let (alone, bwrap) = (at("true"), at("bubblewrap"));
    let base = |name: &str| match name {
        "true" => None,
        "assize_run" => bwrap,
        _ => alone,
    };
    Ok(subjects.iter().zip(&series).map(|((name, _, note), s)| s.row(name, base(name), *note)).collect())
}
