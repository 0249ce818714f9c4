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

/// A slip in an option is one, and not a command that nobody finds.
#[test]
fn a_command_that_looks_like_an_option_follows_two_dashes() {
    let said = Cli::try_parse_from(["assize", "run", "--memroy", "64M", "--", "ls"]).unwrap_err().to_string();
    assert!(said.contains("unexpected argument '--memroy'") && said.contains("'--memory'"), "{said}");
    for (given, command) in [
        (&["echo", "-x", "--", "--memroy", "--help"][..], &["echo", "-x", "--", "--memroy", "--help"][..]),
        (&["--", "-x", "-y"], &["-x", "-y"]),
    ] {
        let cli = Cli::try_parse_from(["assize", "run"].iter().chain(given)).unwrap();
        let Command::Run(run) = cli.command else { panic!("not run") };
        assert_eq!(run.command, command);
    }
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

/// Commands are made when they are asked for: all of them, now.
fn built() -> clap::Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

#[test]
fn what_a_command_is_for_stands_in_its_own_help_too() {
    let built = built();
    for listed in Cli::command().get_subcommands() {
        let (listed, built) = (listed.get_about(), built.find_subcommand(listed.get_name()).unwrap().get_about());
        assert!(listed.is_some() && listed.map(ToString::to_string) == built.map(ToString::to_string), "{listed:?}: {built:?}");
    }
}

#[test]
fn the_help_of_run_names_the_limits_that_hold() {
    let limits = crate::model::LimitsRequest::default().resolve();
    let mut cli = built();
    let run = cli.find_subcommand_mut("run").unwrap();
    for (name, default) in [
        ("cpu-time", limits.cpu_time_ms.get().to_string()),
        ("memory", format!("{}M", limits.memory_bytes >> 20)),
        ("output", format!("{}M", limits.output_bytes >> 20)),
        ("processes", limits.processes.to_string()),
        ("open-files", limits.open_files.to_string()),
        ("disk", format!("{}M", limits.disk_bytes >> 20)),
    ] {
        let help = run.get_arguments().find(|a| a.get_long() == Some(name)).and_then(|a| a.get_help()).unwrap().to_string();
        assert!(help.ends_with(&format!("Default: {default}")), "{name}: {help}, and it is {default}");
    }
    assert_eq!(limits.stack_bytes, limits.memory_bytes, "--stack");
}

#[test]
fn paragraphs_of_help_are_for_clap_to_wrap() {
    let mut texts = 0;
    for command in built().get_subcommands() {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        texts += usize::from(!text.is_empty());
        let lines: Vec<&str> = text.lines().collect();
        for two in lines.windows(2).filter(|two| two.iter().all(|l| l.starts_with(char::is_alphabetic))) {
            assert!(two[0].ends_with('.'), "{}: {:?} is broken by hand before {:?}", command.get_name(), two[0], two[1]);
        }
    }
    assert!(texts > 4, "{texts} commands have such a text");
}
