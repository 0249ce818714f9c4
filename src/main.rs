//! The `assize` command: parse, dispatch, exit.
#![forbid(unsafe_code)]
use anyhow::Context as _;
use assize::cli::{Cli, Command, JudgeArgs};
use assize::frontend::{self, BatchOptions};
use clap::Parser as _;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// What a runtime and a few runs need: with less they fail in the middle, and tokio at its start.
const FEWEST_FILES: u64 = 64;

fn main() -> ExitCode {
    // Before any thread or runtime exists: this process may be one of the sandbox's own.
    assize::sandbox::divert();
    // A service manager's 1024 open files are few where a program has a thousand classes; where no more are to be had, so be it.
    let open_files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
    report_panics();
    let zygote = frontend::zygote_before_arguments(std::env::args_os().nth(1).as_deref());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Exits, for --help too, and nobody else will wait for that process.
            drop(zygote);
            said.exit()
        }
    };
    log_to_stderr(cli.verbose);
    if let Some(host) = cli.command.host() {
        if open_files < FEWEST_FILES {
            let said =
                format!("only {open_files} files may be open at once, and {FEWEST_FILES} are the least: raise the hard limit (ulimit -Hn)");
            let _ = writeln!(std::io::stderr(), "assize: {said}");
            return ExitCode::from(2);
        }
        if zygote.is_none() {
            frontend::enter_scope(host);
        }
    }
    let status = match &cli.command {
        Command::Judge(args) => judge(args),
        Command::Run(args) => frontend::run(args, zygote),
        Command::Verify(args) => frontend::verify(args),
        Command::Grade(args) => frontend::grade(args),
        Command::Check(args) => frontend::check(args),
        Command::Languages(args) => frontend::languages(args),
        Command::Schema(args) => {
            frontend::print_schema(args.of, &mut std::io::stdout().lock()).map(|()| 0).context("failed to write the schema")
        }
    };
    ExitCode::from(status.unwrap_or_else(|e| {
        // Not `eprintln`, which panics where stderr is closed.
        let _ = writeln!(std::io::stderr(), "assize: {}", told(&e));
        2
    }))
}

/// An error and its causes; one that the sentence above it ends with already is not said again.
fn told(error: &anyhow::Error) -> String {
    let mut causes = error.chain().map(ToString::to_string);
    let first = causes.next().unwrap_or_default();
    causes.fold(first, |text, cause| if text.ends_with(&cause) { text } else { format!("{text}: {cause}") })
}

fn judge(args: &JudgeArgs) -> anyhow::Result<u8> {
    let sources = frontend::check_sources(&args.files)?;
    let options = BatchOptions {
        window: 2 * args.judging.workers(),
        ordered: args.ordered,
        events: args.events,
        max_request_bytes: usize::try_from(args.max_request_bytes)?,
        quiet: args.quiet,
        ..BatchOptions::default()
    };
    // Judging is done by other processes: two threads are enough to read, wait and write.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let tally = runtime.block_on(async {
        let judge = frontend::open_judge(args)?;
        // On the runtime's own threads: from this one, every request read and every answer written would wake one of them.
        let batch = judge.clone();
        let tally = tokio::spawn(async move { frontend::judge_batch(batch, sources, &options).await }).await?;
        // Nothing may be left running; and if something should hang, its end comes with ours: its socket closes.
        let _ = tokio::time::timeout(Duration::from_secs(2), judge.close()).await;
        anyhow::Ok(tally?)
    });
    // A thread may sit in a read of stdin that never ends: don't wait for it.
    runtime.shutdown_background();
    Ok(tally?.exit_status())
}

/// `ASSIZE_LOG`, else `RUST_LOG`, else what `-v` says.
fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "assize=info,warn",
        2 => "assize=debug,info",
        _ => "trace",
    };
    let filter = ["ASSIZE_LOG", "RUST_LOG"].iter().find_map(|name| EnvFilter::try_from_env(name).ok());
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(level)))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// A panic is always our bug; the process aborts after this line.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let _ = writeln!(std::io::stderr(), "assize: internal error, please report it: {info}");
    }));
}
