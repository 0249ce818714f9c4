use super::*;
use clap::CommandFactory as _;

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn run_takes_limits_and_leaves_the_command_alone() {
    let cli = Cli::try_parse_from([
        "assize",
        "run",
        "--memory",
        "256M",
        "--cpu-time",
        "1.5",
        "--bind",
        "/opt",
        "--bind",
        "x:/y",
        "--file",
        "a/b.py",
        "--collect",
        "out:/tmp/o",
        "--result",
        "3",
        "--env",
        "A=b=c",
        "--",
        "ls",
        "-l",
        "--memory",
        "9",
    ]);
    let Command::Run(run) = cli.unwrap().command else { panic!("not run") };
    assert_eq!(run.limits.request().memory_bytes, Some(256 << 20));
    assert_eq!(run.limits.request().cpu_time_ms, Millis::new(1.5));
    assert_eq!(run.command, ["ls", "-l", "--memory", "9"]);
    assert_eq!(run.bind[0].target, PathBuf::from("/opt"));
    assert_eq!(run.files[0].name.as_str(), "b.py");
    assert_eq!(run.result, Some(ResultTo::Fd(3)));
    assert_eq!(run.env, [("A".into(), "b=c".into())]);
    let Command::Run(run) = Cli::try_parse_from(["assize", "run", "ls", "-l"]).unwrap().command else { panic!("not run") };
    assert_eq!(run.command, ["ls", "-l"]);
}

#[test]
fn bad_arguments_are_refused() {
    for bad in [
        &["run"][..],
        &["run", "--memory", "1T", "x"],
        &["run", "--memory", "-1", "x"],
        &["run", "--memory", "99999999999G", "x"],
        &["run", "--cpu-time", "0", "x"],
        &["run", "--cpu-time", "NaN", "x"],
        &["run", "--processes", "0", "x"],
        &["run", "--bind", "here", "x"],
        &["run", "--bind", "a:/x/../y", "x"],
        &["run", "--file", "a:../b", "x"],
        &["run", "--collect", "/etc/x", "x"],
        &["run", "--env", "=x", "x"],
        &["judge", "--workers", "0"],
        &["judge", "--require", "magic"],
        &["judge", "--cpus", "0"],
        &["run", "--cpus", "many", "x"],
        &["judge", "--no-cache", "--cache-dir", "x"],
        &["schema"],
        &["grade", "p"],
        &["grade", "p", "c", "--stop-on", "soon"],
    ] {
        assert!(Cli::try_parse_from(std::iter::once("assize").chain(bad.iter().copied())).is_err(), "{bad:?}");
    }
    let cli = Cli::try_parse_from(["assize", "judge", "--require", "cgroup2,distinct-uid", "-"]).unwrap();
    let Command::Judge(judge) = cli.command else { panic!("not judge") };
    assert_eq!(judge.judging.host.require, [Requirement::Cgroup2, Requirement::DistinctUid]);
    assert_eq!(judge.max_request_bytes, 64 << 20);
}
