//! `assize check`: what this host offers, proven by a run, and what mends what is missing.
use super::host::{FirstSlot, Host};
use super::{languages, remedy};
use crate::cli::CheckArgs;
use crate::judge::{Command, run_command};
use crate::model::{LimitsRequest, RunReport, Verdict};
use crate::pool::{SlotError, memory_file};
use crate::profile::command_root;
use crate::sandbox::{IdSource, Without};
use nix::unistd::{AccessFlags, access};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Findings {
    /// Code can be run here, and nothing required is missing.
    usable: bool,
    /// What a run gets.
    checks: Vec<Finding>,
    languages: Vec<languages::Row>,
}

/// One thing a host may have.
#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    state: State,
    /// What there is.
    found: String,
    /// The command that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// It works, and could be stronger.
    Weaker,
    /// Nothing can be run, or not as required.
    Missing,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Ok, found: found.into(), fix: None }
    }

    fn weaker(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, state: State::Weaker, found: found.into(), fix: Some(fix.into()) }
    }

    fn missing(name: &'static str, found: impl Into<String>, fix: Option<String>) -> Self {
        Self { name, state: State::Missing, found: found.into(), fix }
    }
}

/// Runs `assize check`; the exit status of the process.
pub fn check(args: &CheckArgs) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(find(args))?;
    let text = if args.json { serde_json::to_string_pretty(&findings)? + "\n" } else { table(&findings) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if findings.usable { 0 } else { 2 })
}

async fn find(args: &CheckArgs) -> anyhow::Result<Findings> {
    let host = Host::look(FirstSlot::none(), Without::from_environment(), &args.host);
    let lacks = host.lacks(&args.host);
    let profiles = host.profiles(&args.host.profiles)?;
    let mut checks = vec![kernel(), limits(&host), ids(host.ids), landlock(&host)];
    checks.extend(lacks.into_iter().map(|lack| Finding::missing("required", lack, None)));
    let slot = Arc::new(profiles.command_slot("command", command_root(&[])?)?);
    let pool = host.pool(1, false)?;
    // Everything at once, as every run has it: where this one is held, each layer is there.
    let command = Command {
        slot,
        argv: vec!["/usr/bin/true".into()],
        env: Vec::new(),
        limits: LimitsRequest::default().resolve(),
        files: Vec::new(),
        stdin: memory_file(&[], true)?,
        keep_box: false,
        // Or it would not be as every run: the last one gets no namespaces of its own beside the slot's.
        last: false,
    };
    checks.push(sandbox(run_command(&pool, command, |_| {}, |_| {}).await.map(|(report, _)| report)));
    pool.close().await;
    checks.push(cache());
    let usable = checks.iter().all(|c| c.state != State::Missing);
    Ok(Findings { usable, checks, languages: languages::rows(&profiles) })
}

fn kernel() -> Finding {
    let uname = nix::sys::utsname::uname().map(|u| format!("{} {}", u.release().to_string_lossy(), u.machine().to_string_lossy()));
    Finding::ok("kernel", format!("Linux {}", uname.unwrap_or_default()))
}

fn limits(host: &Host) -> Finding {
    match &host.subtree {
        Ok(subtree) => {
            let given = subtree.controllers().join(", ");
            let found = format!("cgroup2 ({given}): memory, processes and CPU time are held and counted by the kernel");
            match (host.lacks_cpu(), host.cpus) {
                (Some(_), _) => Finding::weaker("limits", found + "; --cpus can't be held", remedy::cpu_controller()),
                (None, None) => Finding::ok("limits", found + "; --cpus can be held"),
                (None, Some(cpus)) => Finding::ok("limits", format!("{found}; a run may use {} CPUs at once", cpus.get())),
            }
        }
        Err(why) => Finding::weaker(
            "limits",
            format!(
                "rlimit ({why}): memory is sampled every few ms and shared pages count once per process, so a fast burst may pass \
                 unseen; CPU time of children whose parent ignores SIGCHLD is only what a sample saw"
            ),
            remedy::limits(),
        ),
    }
}

fn ids(ids: IdSource) -> Finding {
    const NAME: &str = "user ids";
    match ids {
        IdSource::Root(range) => Finding::ok(NAME, format!("root: each slot has ids of its own from {}", range.start)),
        IdSource::Subuid { uids, .. } => {
            Finding::ok(NAME, format!("subuid: each slot has an id of its own from {} ({})", uids.start, uids.count))
        }
        IdSource::Self_ { missing } => {
            let fix = remedy::ids(missing);
            Finding::weaker(NAME, format!("self: runs have your own uid outside, so slots share per-user kernel limits ({missing})"), fix)
        }
    }
}

fn landlock(host: &Host) -> Finding {
    match host.landlock {
        Some(abi) => Finding::ok("landlock", format!("ABI {abi}")),
        None => {
            let (why, fix) = remedy::landlock();
            Finding::weaker("landlock", format!("none, so one wall behind the mounts is missing: {why}"), fix)
        }
    }
}

fn sandbox(ran: Result<RunReport, SlotError>) -> Finding {
    const NAME: &str = "sandbox";
    match ran {
        Ok(report) if report.verdict == Verdict::Ok => {
            Finding::ok(NAME, format!("a program ran in {:.1} ms, with namespaces, seccomp and limits in force", report.wall_time_ms))
        }
        Ok(report) => Finding::missing(NAME, format!("`true` got {}: {}{}", report.verdict, report.message, report.judge_message), None),
        Err(SlotError::Fault(fault)) => Finding::missing(NAME, fault.to_string(), remedy::slot(&fault)),
        Err(e) => Finding::missing(NAME, e.to_string(), remedy::confined()),
    }
}

fn cache() -> Finding {
    const NAME: &str = "cache";
    let none =
        |why: String| Finding::weaker(NAME, format!("none: every program is compiled anew{why}"), "export XDG_CACHE_HOME=/var/tmp/assize");
    match crate::profile::cache_directory() {
        // As judging does.
        Some(dir) => match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir) {
            Ok(()) => match access(&dir, AccessFlags::W_OK | AccessFlags::X_OK) {
                Ok(()) => Finding::ok(NAME, dir.display().to_string()),
                Err(e) => none(format!(" ({} can't be written to: {})", dir.display(), e.desc())),
            },
            Err(e) => none(format!(" ({} can't be made: {e})", dir.display())),
        },
        None => none(String::new()),
    }
}

fn table(findings: &Findings) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    for check in &findings.checks {
        let state = match check.state {
            State::Ok => "ok",
            State::Weaker => "weaker",
            State::Missing => "MISSING",
        };
        let _ = writeln!(text, "{state:7}  {:9} {}", check.name, check.found);
        if let Some(fix) = &check.fix {
            let _ = writeln!(text, "{:19}mend it: {fix}", "");
        }
    }
    text.push('\n');
    text.push_str(&languages::table(&findings.languages));
    let verdict =
        if findings.usable { "This host can run and judge code." } else { "This host can't run code as asked; see MISSING above." };
    let _ = writeln!(text, "\n{verdict}");
    text
}
