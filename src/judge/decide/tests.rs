#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::unnecessary_wraps,
    clippy::cast_precision_loss,
    reason = "a test may fail by panicking"
)]
use super::*;
use crate::model::LimitsRequest;
use proptest::prelude::*;

const MIB: u64 = 1 << 20;

/// 1 s of CPU, 3 s of wall time, 256 MiB, 1 MiB a stream, 2 MiB in all, 1 MiB of files.
fn limits() -> Limits {
    LimitsRequest {
        cpu_time_ms: Millis::new(1000.0),
        wall_time_ms: Millis::new(3000.0),
        memory_bytes: Some(256 * MIB),
        output_bytes: Some(MIB),
        output_total_bytes: Some(2 * MIB),
        disk_bytes: Some(MIB),
        ..LimitsRequest::default()
    }
    .resolve()
}

fn ran(end: End) -> Outcome {
    let usage =
        Usage { user_us: 900_000, system_us: 100_000, wall_us: 3_000_000, memory_bytes: 256 * MIB, disk_bytes: MIB, ..Usage::default() };
    Outcome { end, kill: None, usage }
}

fn said(verdict: Verdict) -> Comparison {
    Comparison { message: format!("{verdict} said"), judge_message: "why".into(), ..Comparison::new(verdict) }
}

/// A run at every limit (which is allowed) that ended well and was accepted.
struct Case {
    sandbox_failed: bool,
    mode: LimitMode,
    stdout: u64,
    stderr: u64,
    comparison: Option<Comparison>,
    missing: bool,
}

fn case(change: impl FnOnce(&mut Case, &mut Outcome)) -> Decision {
    let mut outcome = ran(End::Exited(0));
    let (stdout, stderr) = (MIB - 1, 1);
    let mut case =
        Case { sandbox_failed: false, mode: LimitMode::Cgroup2, stdout, stderr, comparison: Some(said(Verdict::Ac)), missing: false };
    change(&mut case, &mut outcome);
    decide(&Evidence {
        outcome: (!case.sandbox_failed).then_some(&outcome),
        mode: case.mode,
        limits: &limits(),
        stdout_bytes: case.stdout,
        stderr_bytes: case.stderr,
        comparison: case.comparison.as_ref(),
        output_file_missing: case.missing,
    })
}

type Change = fn(&mut Case, &mut Outcome);

#[test]
fn every_row() {
    use Verdict::{Ac, Ie, Mle, Ok, Ole, Pc, Pe, Re, Sv, Tle, Wa};
    let rows: &[(&str, Change, Verdict, Option<Reason>, &str)] = &[
        ("at every limit, none passed", |_, _| {}, Ac, None, "AC said"),
        ("nothing to compare", |c, _| c.comparison = Some(said(Ok)), Ok, None, "OK said"),
        ("wrong", |c, _| c.comparison = Some(said(Wa)), Wa, None, "WA said"),
        ("presentation", |c, _| c.comparison = Some(said(Pe)), Pe, None, "PE said"),
        ("partly", |c, _| c.comparison = Some(said(Pc)), Pc, None, "PC said"),
        ("checker broke", |c, _| c.comparison = Some(said(Ie)), Ie, Some(Reason::Checker), "IE said"),
        ("checker says what it can't", |c, _| c.comparison = Some(said(Tle)), Ie, None, "internal error: not the program's fault"),
        ("not compared", |c, _| c.comparison = None, Ie, None, "internal error: not the program's fault"),
        ("sandbox failed", |c, _| c.sandbox_failed = true, Ie, Some(Reason::Sandbox), "internal error: not the program's fault"),
        ("cancelled", |_, o| o.kill = Some(Kill::Cancelled), Ie, None, "internal error: not the program's fault"),
        ("sampler in cgroup2", |_, o| o.kill = Some(Kill::Memory), Ie, Some(Reason::Sandbox), "internal error: not the program's fault"),
        (
            "no output file",
            |c, _| c.missing = true,
            Wa,
            Some(Reason::OutputFile),
            "wrong answer: the output file is missing, or is not a regular file",
        ),
        ("policy", |_, o| o.end = End::Signaled(31), Sv, Some(Reason::SystemCall), "a system call that is not allowed"),
        ("oom", |_, o| o.usage.oom_kills = 1, Mle, Some(Reason::OomKill), "memory limit exceeded (limit 256 MiB)"),
        ("peak is no proof with a cgroup", |_, o| o.usage.memory_bytes += 1, Ac, None, "AC said"),
        (
            "peak",
            |c, o| {
                c.mode = LimitMode::Rlimit;
                o.usage.memory_bytes = 300 * MIB + MIB / 2;
            },
            Mle,
            Some(Reason::Peak),
            "memory limit exceeded (300.5 MiB of 256 MiB)",
        ),
        (
            "peak by a byte",
            |c, o| {
                c.mode = LimitMode::Rlimit;
                o.usage.memory_bytes += 1;
            },
            Mle,
            Some(Reason::Peak),
            "memory limit exceeded (268435457 bytes of 268435456)",
        ),
        (
            "sampler",
            |c, o| {
                c.mode = LimitMode::Rlimit;
                o.kill = Some(Kill::Memory);
                o.end = End::Signaled(9);
            },
            Mle,
            Some(Reason::Peak),
            "memory limit exceeded (limit 256 MiB)",
        ),
        (
            "oom_kills is no counter of rlimit mode",
            |c, o| {
                c.mode = LimitMode::Rlimit;
                o.usage.oom_kills = 1;
            },
            Ac,
            None,
            "AC said",
        ),
        ("stdout", |c, _| c.stdout = MIB + 1, Ole, Some(Reason::Stdout), "output limit exceeded (stdout: 1048577 bytes of 1048576)"),
        ("stderr", |c, _| c.stderr = 3 * MIB, Ole, Some(Reason::Stderr), "output limit exceeded (stderr: 3 MiB of 1 MiB)"),
        ("killed for stdout", |_, o| o.kill = Some(Kill::Stdout), Ole, Some(Reason::Stdout), "output limit exceeded (stdout: limit 1 MiB)"),
        ("killed for stderr", |_, o| o.kill = Some(Kill::Stderr), Ole, Some(Reason::Stderr), "output limit exceeded (stderr: limit 1 MiB)"),
        (
            "killed in all",
            |_, o| o.kill = Some(Kill::OutputTotal),
            Ole,
            Some(Reason::OutputTotal),
            "output limit exceeded (in all: limit 2 MiB)",
        ),
        ("in all", |c, _| c.stderr = 2, Ole, Some(Reason::OutputTotal), "output limit exceeded (in all: 2097153 bytes of 2097152)"),
        (
            "disk",
            |c, o| {
                c.stdout = 0;
                o.usage.disk_bytes += 1;
            },
            Ole,
            Some(Reason::Disk),
            "output limit exceeded (files: 1048577 bytes of 1048576)",
        ),
        ("SIGXFSZ", |_, o| o.end = End::Signaled(25), Ole, Some(Reason::Disk), "output limit exceeded (files: limit 1 MiB)"),
        ("cpu", |_, o| o.usage.user_us += 20_000, Tle, Some(Reason::CpuTime), "time limit exceeded (CPU 1.02 s of 1.00 s)"),
        (
            "cpu by a microsecond",
            |_, o| o.usage.user_us += 1,
            Tle,
            Some(Reason::CpuTime),
            "time limit exceeded (CPU 1.000001 s of 1.000000 s)",
        ),
        ("wall", |_, o| o.usage.wall_us += 100_000, Tle, Some(Reason::WallTime), "time limit exceeded (wall 3.10 s of 3.00 s)"),
        ("killed for cpu", |_, o| o.kill = Some(Kill::CpuTime), Tle, Some(Reason::CpuTime), "time limit exceeded (CPU limit 1.00 s)"),
        ("killed for wall", |_, o| o.kill = Some(Kill::WallTime), Tle, Some(Reason::WallTime), "time limit exceeded (wall limit 3.00 s)"),
        ("SIGXCPU raised", |_, o| o.end = End::Signaled(24), Re, Some(Reason::Signal), "killed by signal 24 (SIGXCPU)"),
        ("status", |_, o| o.end = End::Exited(3), Re, Some(Reason::ExitCode), "exit status 3"),
        ("no program", |_, o| o.end = End::NotExecuted(8), Re, Some(Reason::Exec), "the program could not be executed: Exec format error"),
        ("crash", |_, o| o.end = End::Signaled(11), Re, Some(Reason::Signal), "killed by signal 11 (SIGSEGV)"),
        ("killed by nobody", |_, o| o.end = End::Signaled(9), Re, Some(Reason::Signal), "killed by signal 9 (SIGKILL)"),
        ("real-time signal", |_, o| o.end = End::Signaled(40), Re, Some(Reason::Signal), "killed by signal 40"),
    ];
    for (name, change, verdict, reason, message) in rows {
        let decision = case(change);
        assert_eq!((decision.verdict, decision.reason, decision.message.as_str()), (*verdict, *reason, *message), "{name}");
    }
}

#[test]
fn when_several_hold_the_order_decides() {
    use Verdict::{Ie, Mle, Ole, Re, Sv, Tle, Wa};
    // Each row adds a graver fault to those before it.
    let ladder: &[(Change, Verdict)] = &[
        (|c, _| c.comparison = Some(said(Wa)), Wa),
        (|c, _| c.missing = true, Wa),
        (|_, o| o.end = End::Exited(1), Re),
        (|_, o| o.usage.wall_us *= 2, Tle),
        (|_, o| o.usage.user_us *= 2, Tle),
        (|_, o| o.kill = Some(Kill::WallTime), Tle),
        (|c, _| c.stdout *= 3, Ole),
        (|_, o| o.usage.oom_kills = 2, Mle),
        (|_, o| o.end = End::Signaled(31), Sv),
        (|_, o| o.kill = Some(Kill::Cancelled), Ie),
    ];
    for n in 1..=ladder.len() {
        let decision = case(|c, o| ladder[..n].iter().for_each(|(change, _)| change(c, o)));
        assert_eq!(decision.verdict, ladder[n - 1].1, "rung {n}");
    }
    // What we killed for is the reason, though a counter went over as well meanwhile.
    let both = |kill| {
        case(move |_, o| {
            o.usage.wall_us *= 2;
            o.usage.user_us *= 2;
            o.kill = kill;
        })
        .reason
    };
    assert_eq!(both(Some(Kill::WallTime)), Some(Reason::WallTime));
    assert_eq!(both(Some(Kill::CpuTime)), Some(Reason::CpuTime));
    assert_eq!(both(None), Some(Reason::CpuTime));
}

#[test]
fn an_interaction() {
    use Verdict::{Ac, Ie, Mle, Ole, Pc, Pe, Re, Sv, Tle, Wa};
    type Row = (&'static str, fn(&mut Outcome), u64, Option<(Verdict, bool)>, Verdict);
    let (first, later) = (true, false);
    let rows: &[Row] = &[
        ("both well", |_| {}, 0, Some((Ac, later)), Ac),
        ("accepted, then well", |_| {}, 0, Some((Ac, first)), Ac),
        ("partly", |_| {}, 0, Some((Pc, first)), Pc),
        ("rejected at the end", |_| {}, 0, Some((Wa, later)), Wa),
        ("rejected, and killed for it", |o| (o.end, o.kill) = (End::Signaled(9), Some(Kill::Partner)), 0, Some((Wa, first)), Wa),
        ("rejected first, then crashed", |o| o.end = End::Exited(1), 0, Some((Wa, first)), Wa),
        ("rejected first, then too slow", |o| o.kill = Some(Kill::WallTime), 0, Some((Pe, first)), Pe),
        ("crashed, then rejected", |o| o.end = End::Exited(1), 0, Some((Wa, later)), Re),
        ("accepted, then crashed", |o| o.end = End::Signaled(11), 0, Some((Ac, first)), Re),
        ("accepted, then too slow", |o| o.kill = Some(Kill::CpuTime), 0, Some((Ac, first)), Tle),
        ("accepted, then too much", |o| o.kill = Some(Kill::Stdout), 2 * MIB, Some((Ac, first)), Ole),
        ("accepted partly, then too large", |o| o.usage.oom_kills = 1, 0, Some((Pc, first)), Mle),
        ("the interactor failed", |_| {}, 0, Some((Ie, first)), Ie),
        ("the interactor failed after a crash", |o| o.end = End::Exited(1), 0, Some((Ie, later)), Ie),
        ("the interactor failed by itself before a limit fired", |o| o.kill = Some(Kill::WallTime), 0, Some((Ie, first)), Ie),
        ("a limit fired", |o| o.kill = Some(Kill::WallTime), 0, None, Tle),
        ("the policy acted", |o| o.end = End::Signaled(31), 0, None, Sv),
        ("ended by us for nothing", |_| {}, 0, None, Ie),
        ("killed by us for nothing", |o| o.kill = Some(Kill::Partner), 0, Some((Wa, later)), Ie),
        ("an interactor can't say this", |_| {}, 0, Some((Tle, later)), Ie),
    ];
    for (name, change, stdout_bytes, interactor, wanted) in rows {
        let mut outcome = ran(End::Exited(0));
        change(&mut outcome);
        let limits = limits();
        let evidence = Evidence {
            outcome: Some(&outcome),
            mode: LimitMode::Cgroup2,
            limits: &limits,
            stdout_bytes: *stdout_bytes,
            stderr_bytes: 0,
            comparison: None,
            output_file_missing: false,
        };
        let comparison = interactor.map(|(verdict, _)| said(verdict));
        let interactor = match (&comparison, interactor) {
            (Some(comparison), Some((_, first))) => Interactor::Said { comparison, first: *first },
            _ => Interactor::Ended,
        };
        assert_eq!(decide_interaction(&evidence, interactor).verdict, *wanted, "{name}");
        let failed = Evidence { outcome: None, ..evidence };
        assert_eq!(decide_interaction(&failed, interactor).verdict, Ie, "{name}, in a sandbox that failed");
    }
}

#[test]
fn a_fraction_of_a_limit_is_exact() {
    for (ms, us) in [(1.005, 1005), (0.1, 100), (1.1, 1100), (8.2, 8200), (604_800_000.0, 604_800_000_000)] {
        let limit = Millis::new(ms).unwrap();
        assert!(!exceeds(us, limit) && exceeds(us + 1, limit), "{ms}");
    }
}

#[test]
fn compiling() {
    use Verdict::{Ce, Ie, Mle, Ok, Ole, Sv, Tle};
    let with = |outcome: Option<&Outcome>, stdout_bytes, product_missing| {
        let limits = limits();
        let e = CompileEvidence { outcome, mode: LimitMode::Cgroup2, limits: &limits, stdout_bytes, stderr_bytes: 0, product_missing };
        let decision = decide_compile(&e);
        (decision.verdict, decision.reason)
    };
    let mut slow = ran(End::Exited(0));
    slow.usage.user_us *= 2;
    let mut fat = ran(End::Signaled(9));
    fat.usage.oom_kills = 1;
    let mut cancelled = ran(End::Signaled(9));
    cancelled.kill = Some(Kill::Cancelled);
    for (outcome, stdout, missing, wanted) in [
        (Some(&ran(End::Exited(0))), 0, false, (Ok, None)),
        (Some(&ran(End::Exited(0))), 0, true, (Ce, None)),
        (Some(&ran(End::Exited(1))), 0, true, (Ce, Some(Reason::ExitCode))),
        (Some(&ran(End::Signaled(11))), 0, true, (Ce, Some(Reason::Signal))),
        (Some(&slow), 0, true, (Tle, Some(Reason::CpuTime))),
        (Some(&fat), 0, true, (Mle, Some(Reason::OomKill))),
        (Some(&ran(End::Exited(0))), MIB + 1, false, (Ole, Some(Reason::Stdout))),
        (Some(&ran(End::Signaled(31))), 0, true, (Sv, Some(Reason::SystemCall))),
        (Some(&cancelled), 0, false, (Ie, None)),
        (None, 0, false, (Ie, Some(Reason::Sandbox))),
    ] {
        assert_eq!(with(outcome, stdout, missing), wanted, "{outcome:?}");
    }
}

fn any_kill() -> impl Strategy<Value = Option<Kill>> {
    use Kill::{Cancelled, CpuTime, Memory, OutputTotal, Stderr, Stdout, WallTime};
    prop_oneof![3 => Just(None), 1 => prop::sample::select(vec![CpuTime, WallTime, Memory, Stdout, Stderr, OutputTotal, Cancelled]).prop_map(Some)]
}

/// Mostly within the limit, often exactly at it, at times anything.
fn near(limit: u64) -> impl Strategy<Value = u64> {
    prop_oneof![2 => 0..=limit, 2 => Just(limit), 1 => Just(limit + 1), 1 => any::<u64>()]
}

proptest! {
    #[test]
    fn to_pass_takes_a_clean_run(
        end in prop_oneof![3 => Just(End::Exited(0)), 1 => (-1i32..256).prop_map(End::Exited), 1 => (1i32..65).prop_map(End::Signaled)],
        kill in any_kill(),
        rlimit in any::<bool>(),
        (user_us, system_us, wall_us) in (near(900_000), 0u64..=100_000, near(3_000_000)),
        (memory_bytes, disk_bytes, oom_kills) in (near(256 * MIB), near(MIB), prop_oneof![3 => Just(0u64), 1 => any::<u64>()]),
        (stdout_bytes, stderr_bytes) in (near(MIB), near(MIB)),
        verdict in prop_oneof![Just(None), Just(Some(Verdict::Ac)), Just(Some(Verdict::Ok)), Just(Some(Verdict::Wa)), Just(Some(Verdict::Tle)), Just(Some(Verdict::Pc))],
        output_file_missing in any::<bool>(),
    ) {
        let mode = if rlimit { LimitMode::Rlimit } else { LimitMode::Cgroup2 };
        let usage = Usage { user_us, system_us, wall_us, memory_bytes, disk_bytes, oom_kills, ..Usage::default() };
        let outcome = Outcome { end, kill, usage };
        let limits = limits();
        let comparison = verdict.map(said);
        let evidence =
            Evidence { outcome: Some(&outcome), mode, limits: &limits, stdout_bytes, stderr_bytes, comparison: comparison.as_ref(), output_file_missing };
        let decision = decide(&evidence);
        let total = stdout_bytes.saturating_add(stderr_bytes).saturating_add(disk_bytes);
        let clean = end == End::Exited(0)
            && kill.is_none()
            && user_us.saturating_add(system_us) <= 1_000_000
            && wall_us <= 3_000_000
            && (if rlimit { memory_bytes <= 256 * MIB } else { oom_kills == 0 })
            && stdout_bytes <= MIB && stderr_bytes <= MIB && disk_bytes <= MIB && total <= 2 * MIB;
        let judged = clean && !output_file_missing;
        match decision.verdict {
            v @ (Verdict::Ac | Verdict::Ok | Verdict::Pc) => prop_assert!(judged && verdict == Some(v), "{decision:?}"),
            Verdict::Wa => prop_assert!(clean && (output_file_missing || verdict == Some(Verdict::Wa))),
            Verdict::Ie => prop_assert!(kill.is_some() || (judged && matches!(verdict, None | Some(Verdict::Tle)))),
            _ => prop_assert!(!clean, "{decision:?}"),
        }
        prop_assert!(matches!(decision.verdict, Verdict::Ac | Verdict::Ok) || !decision.message.is_empty());

        let compiled = decide_compile(&CompileEvidence {
            outcome: Some(&outcome), mode, limits: &limits, stdout_bytes, stderr_bytes, product_missing: output_file_missing,
        });
        prop_assert_eq!(compiled.verdict == Verdict::Ok, judged);
        prop_assert!(!matches!(compiled.verdict, Verdict::Re | Verdict::Ac | Verdict::Wa));
    }
}
