//! The command line: definitions only.
use crate::model::{BoxName, Cpus, LimitsRequest, Millis};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroU16;
use std::path::PathBuf;

/// Runs untrusted code in a rootless sandbox and judges it: JSON in, verdicts out.
#[derive(Debug, Parser)]
#[command(
    name = "assize",
    version,
    propagate_version = true,
    max_term_width = 110,
    after_help = "\
Logs go to stderr; ASSIZE_LOG (or RUST_LOG) sets what is logged, e.g. ASSIZE_LOG=assize=debug. stdout is only ever data.
Exit status 2: the arguments or this host can't be used. The other statuses are in each command's --help.

Start with `assize check`: it says what this host offers and how to fix what is missing."
)]
pub struct Cli {
    /// More about what goes on, on stderr (twice: even more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Each is made when it is asked for: all of them take longer than one of them does to parse.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Judge requests: JSON in, one JSON answer a line out.
    Judge(JudgeArgs),
    /// Run one command in the sandbox.
    Run(Box<RunArgs>),
    /// Judge a problem package's own submissions, and say whether each got what it must.
    Verify(VerifyArgs),
    /// Judge a class: a problem package against everyone's submissions, with reports.
    Grade(Box<GradeArgs>),
    /// Say what this host offers, and how to fix what is missing.
    Check(CheckArgs),
    /// List the language profiles, and which of their toolchains are installed.
    Languages(LanguagesArgs),
    /// Print the JSON Schema of requests or of answers.
    Schema(SchemaArgs),
}

impl Command {
    /// The host's arguments, of commands that run something.
    pub fn host(&self) -> Option<&HostArgs> {
        match self {
            Self::Judge(args) => Some(&args.judging.host),
            Self::Run(args) => Some(&args.host),
            Self::Verify(args) => Some(&args.judging.host),
            Self::Grade(args) => Some(&args.judging.host),
            Self::Check(args) => Some(&args.host),
            Self::Languages(_) | Self::Schema(_) => None,
        }
    }
}

// What every command that runs something must know about the host.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Default, Args)]
pub struct HostArgs {
    /// More profiles: DIR/languages/*.toml and DIR/policies/*.toml, over the built-in ones. May be repeated.
    #[arg(long, value_name = "DIR")]
    pub profiles: Vec<PathBuf>,
    /// Refuse to run unless the host offers this. May be repeated, or be a list with commas.
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    pub require: Vec<Requirement>,
    /// What enforces memory and process limits.
    #[arg(long, value_name = "MODE", value_enum, default_value_t = LimitsMode::Auto)]
    pub limits_mode: LimitsMode,
    /// The most CPUs that a run's processes may use at once: a number such as 0.5 or 2. Wants cgroup2 limits. Time that a run is made to
    /// wait is wall time, not CPU time, so below 1 give wall limits room for it. (A judge with no more workers than CPUs
    /// gives each run one CPU anyhow.)
    #[arg(long, value_name = "N")]
    pub cpus: Option<Cpus>,
    /// Do not start again in a systemd scope (`systemd-run --user --scope -p Delegate=yes`), which is done where that gives
    /// cgroup2 limits and nothing else does.
    #[arg(long)]
    pub no_scope: bool,
}

/// Something a host may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Requirement {
    /// Limits by a delegated cgroup v2.
    Cgroup2,
    /// Landlock.
    Landlock,
    /// The system-call filter.
    Seccomp,
    /// Runs have a user id outside that is not the caller's.
    DistinctUid,
}

/// What enforces limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LimitsMode {
    /// cgroup v2 where it is delegated to us, else rlimits and sampling.
    #[default]
    Auto,
    /// cgroup v2 or nothing.
    Cgroup2,
    /// rlimits and sampling, even where there is a cgroup.
    Rlimit,
}

// Arguments of `assize judge`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Input: JSON values one after the other (a line each, pretty-printed, any mix), or one array of them. After a JSON \
syntax error reading resumes at the next line that starts with `{`; inside an array the rest is one error.
{\"cancel\": \"ID\"} ends the requests with that id that were read and not answered yet.

Examples:
  echo '{\"id\": \"a\", \"language\": \"python3\", \"source\": \"print(int(input())+1)\",
         \"tests\": [{\"stdin\": \"1\", \"answer\": \"2\"}]}' | assize judge
  assize judge --ordered requests.jsonl > answers.jsonl
  assize judge --workers 4 --events < fifo        (a backend that keeps one judge running)

Exit status (the first that holds):
  130, 143  ended by SIGINT, SIGTERM: what was under way is answered with `cancelled` (a second signal: at once)
  1         nobody reads the answers any more
  2         the arguments or the host can't be used, or reading or writing failed
  3         a verdict was IE, or an error `internal`: the judge's own fault
  1         a request was invalid; it has its error line, and the others are judged
  0         every request was answered, whatever the verdict")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct JudgeArgs {
    /// Files of requests, read one after the other; none, or `-`: standard input.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write the answers in the order of the requests, not as each is done.
    #[arg(long)]
    pub ordered: bool,
    /// Write a line as each thing happens: `compiled`, `test`, `group`. They come as they happen even with --ordered.
    #[arg(long)]
    pub events: bool,
    /// The largest request; a larger one is answered with `too_large`. Suffixes K, M, G (1024 each).
    #[arg(long, value_name = "BYTES", value_parser = parse_size, default_value = "64M")]
    pub max_request_bytes: u64,
    /// `{"path"}` content must lie in DIR, and is taken relative to it.
    #[arg(long, value_name = "DIR", conflicts_with = "no_paths")]
    pub files_root: Option<PathBuf>,
    /// Refuse `{"path"}` content.
    #[arg(long)]
    pub no_paths: bool,
    /// No progress and no summary on the terminal.
    #[arg(short, long)]
    pub quiet: bool,
    /// The judge.
    #[command(flatten)]
    pub judging: JudgingArgs,
}

// What all commands that judge have in common.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Default, Args)]
pub struct JudgingArgs {
    /// Runs at the same time. Default: the number of CPUs. Times are most exact with one per physical core.
    #[arg(short = 'j', long, visible_alias = "jobs", value_name = "N")]
    pub workers: Option<NonZeroU16>,
    /// Where compiled programs are kept. Default: `assize` in the user's cache directory.
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache_dir: Option<PathBuf>,
    /// Compile everything anew.
    #[arg(long)]
    pub no_cache: bool,
    /// The host.
    #[command(flatten)]
    pub host: HostArgs,
}

impl JudgingArgs {
    /// How many runs at the same time: what was asked for, or one per CPU we may use.
    pub fn workers(&self) -> usize {
        let cpus = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.workers.map_or_else(cpus, |n| n.get().into())
    }
}

// Arguments of `assize run`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The command sees a fresh /box (its working directory) and /tmp, the system's read-only directories, its three streams and \
nothing else. A limit left out has the default that stands with it, as in requests.

Examples:
  assize run -- /usr/bin/id
  assize run --cpu-time 1000 --memory 256M --file solution.py -- /usr/bin/python3 solution.py < input.txt
  assize run --file main.c --collect main:/tmp/main --result result.json -- /usr/bin/cc -O2 -o main main.c

The result is written while the sandbox ends; when `assize run` ends, nothing is left of it.

Exit status: 0 when the command ran to exit status 0 within its limits; 1 when it did not (the result says why); \
2 when the arguments or this host can't be used; 3 when the sandbox failed.")]
pub struct RunArgs {
    /// Limits.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// A file or directory of the host, to be seen read-only inside (at the same path, or at DST). May be repeated.
    #[arg(long, value_name = "SRC[:DST]", value_parser = parse_bind)]
    pub bind: Vec<Bind>,
    /// A variable of the command's environment, which is else minimal. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_env)]
    pub env: Vec<(String, String)>,
    /// The system-call policy, by its profile's name.
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// Standard input. Default: ours.
    #[arg(long, value_name = "FILE")]
    pub stdin: Option<PathBuf>,
    /// Copy a file into the box (as NAME, or its own). May be repeated.
    #[arg(long = "file", value_name = "SRC[:NAME]", value_parser = parse_put)]
    pub files: Vec<Put>,
    /// Copy a file out of the box afterwards (to DEST, or the same name here). May be repeated.
    #[arg(long, value_name = "NAME[:DEST]", value_parser = parse_collect)]
    pub collect: Vec<Collect>,
    /// Where the JSON result goes: a file, or a number for an open file descriptor. Default: 3 if it is open, else stderr.
    #[arg(long, value_name = "FILE|FD", value_parser = parse_result_to)]
    pub result: Option<ResultTo>,
    /// The host.
    #[command(flatten)]
    pub host: HostArgs,
    /// The command and its arguments.
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true)]
    pub command: Vec<String>,
}

// The limits of a run. Sizes take the suffixes K, M, G (1024 each).
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits (sizes in bytes, or with K, M, G of 1024 each)")]
pub struct LimitArgs {
    /// CPU time of all its processes together, in milliseconds. Default: 2000.
    #[arg(long, value_name = "MS", value_parser = parse_millis)]
    pub cpu_time: Option<Millis>,
    /// Wall time, in milliseconds. Default: max(3 × cpu, cpu + 2000).
    #[arg(long, value_name = "MS", value_parser = parse_millis)]
    pub wall_time: Option<Millis>,
    /// Memory of all its processes together. Default: 256M.
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// stdout and stderr, each. Default: 64M.
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub output: Option<u64>,
    /// Processes and threads at the same time. Default: 64.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub processes: Option<u32>,
    /// The main thread's stack. Default: as much as --memory.
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub stack: Option<u64>,
    /// Open file descriptors in one process. Default: 64.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub open_files: Option<u32>,
    /// Files in /box and /tmp together. Default: 64M.
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub disk: Option<u64>,
}

impl LimitArgs {
    /// As a request would give them.
    pub fn request(&self) -> LimitsRequest {
        LimitsRequest {
            cpu_time_ms: self.cpu_time,
            wall_time_ms: self.wall_time,
            memory_bytes: self.memory,
            output_bytes: self.output,
            processes: self.processes,
            stack_bytes: self.stack,
            open_files: self.open_files,
            disk_bytes: self.disk,
            ..LimitsRequest::default()
        }
    }
}

/// `--bind`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// On the host.
    pub source: PathBuf,
    /// Inside; absolute.
    pub target: PathBuf,
}

/// `--file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// On the host.
    pub source: PathBuf,
    /// In the box.
    pub name: BoxName,
}

/// `--collect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collect {
    /// In the box.
    pub name: BoxName,
    /// On the host.
    pub to: PathBuf,
}

/// `--result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultTo {
    /// An open file descriptor.
    Fd(i32),
    /// A file to be written anew.
    File(PathBuf),
}

// Arguments of `assize verify`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
PACKAGE is an ICPC/Kattis package (legacy or 2025-09), a Polygon package, or a folder of *.in with *.ans or *.out; a folder \
or a zip. Everything wrong with it is named with file and line. Each of its submissions is judged, and compared with what its \
folder, submissions.yaml, @EXPECTED_RESULTS@ or Polygon's tag says.

Without a time limit of the package's own, one is calibrated: by the format's factor above the slowest submission that must be \
fast enough. A language's time factor (`assize languages`) stretches the limit for that language, and shrinks its times in this.

Examples:
  assize verify hello/
  assize verify hello.zip --only 'time_limit_exceeded/*'
  assize verify tests/ --time-limit 1000 --json > verified.json

Exit status: 0 when all is as expected; 1 when something is not; 2 when the package, the arguments or the host can't be used; \
130, 143 when ended by SIGINT, SIGTERM.")]
pub struct VerifyArgs {
    /// The package.
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// Only submissions that match, such as `accepted/*`. May be repeated. (A calibration judges all it needs.)
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// The time limit in milliseconds, whatever the package says.
    #[arg(long, value_name = "MS", value_parser = parse_millis)]
    pub time_limit: Option<Millis>,
    /// The wall time limit in milliseconds. Default: max(3 × cpu, cpu + 2000); on a loaded machine more is needed.
    #[arg(long, value_name = "MS", value_parser = parse_millis)]
    pub wall_time: Option<Millis>,
    /// A line for each test of each submission too.
    #[arg(short, long)]
    pub tests: bool,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress on the terminal.
    #[arg(short, long)]
    pub quiet: bool,
    /// The judge.
    #[command(flatten)]
    pub judging: JudgingArgs,
}

// Arguments of `assize grade`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
PACKAGE is what `assize verify` takes: an ICPC/Kattis or Polygon package, or a folder of *.in with *.ans or *.out.

SUBMISSION: one folder is a class, each entry of it a student's: a file, a folder, or a zip or tar.gz. Folders and archives as \
Moodle makes them (`Name_12345_assignsubmission_file_`) are understood. Several are one student's each. Languages go by the \
files' endings. What is ambiguous (several languages, several files to start) is listed with its reason, and not judged.

Each result is appended to the results file, and on the disk, before the next is begun. After an interruption, whatever it was, \
--resume judges what is missing: who has not changed is not judged again. (Another package, limit or --stop-on is a change; \
a verdict IE or an error is no result.)

Examples:
  assize grade sums/ class/ --html report.html --csv marks.csv
  assize grade sums/ class/ --resume --feedback feedback/ --html report.html
  assize grade sums/ moodle.zip --language cpp=cpp20 --stop-on first_failure
  assize grade tests/ ada.py bob.zip --time-limit 1000

Exit status (the first that holds):
  130, 143  ended by SIGINT, SIGTERM: what is judged is kept, go on with --resume
  2         the package, the arguments or the host can't be used, or writing failed
  3         a verdict was IE, or an error `internal`: the judge's own fault; --resume tries again
  1         someone's submission could not be judged: the reason stands below the table
  0         everyone was judged, whatever the verdicts")]
pub struct GradeArgs {
    /// The problem package.
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// A folder of submissions, an archive of Moodle's, or submissions.
    #[arg(value_name = "SUBMISSION", required = true)]
    pub submissions: Vec<PathBuf>,
    /// The language of all, or of those files with an ending (cpp=cpp20; may be repeated). Default: by the endings.
    #[arg(short, long, value_name = "ID|EXT=ID")]
    pub language: Vec<String>,
    /// What to start where there are several files: this one, if it is there (Java: a class).
    #[arg(long, value_name = "NAME")]
    pub entry_point: Option<String>,
    /// A single folder is one student's, not a class.
    #[arg(long)]
    pub each: bool,
    /// When to stop running a submission's tests; overrides the package's.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = StopOnArg::Never)]
    pub stop_on: StopOnArg,
    /// The time limit in milliseconds, whatever the package says. A language's time factor applies to it.
    #[arg(long, value_name = "MS", value_parser = parse_millis)]
    pub time_limit: Option<Millis>,
    /// The memory limit, whatever the package says. A language's memory factor applies to it.
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Where results are kept as they come. Default: `NAME.results.jsonl` here, NAME being the package's.
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Keep the results that are there and have not changed; judge the rest.
    #[arg(long)]
    pub resume: bool,
    /// Write a line for each student, for a spreadsheet.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write everything, responses and all.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report for the staff: one page, everything in it.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a page for each student, without what the package keeps secret.
    #[arg(long, value_name = "DIR")]
    pub feedback: Option<PathBuf>,
    /// No progress on the terminal.
    #[arg(short, long)]
    pub quiet: bool,
    /// The judge.
    #[command(flatten)]
    pub judging: JudgingArgs,
}

/// `--stop-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum StopOnArg {
    /// Run every test.
    Never,
    /// Stop at the first test that did not pass.
    FirstFailure,
    /// Stop a group at its first test that did not pass.
    GroupFailure,
}

// Arguments of `assize check`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit status: 0 when code can be run (and all that is required is there), 2 when not.")]
pub struct CheckArgs {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// The host.
    #[command(flatten)]
    pub host: HostArgs,
}

// Arguments of `assize languages`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
pub struct LanguagesArgs {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// More profiles, over the built-in ones. May be repeated.
    #[arg(long, value_name = "DIR")]
    pub profiles: Vec<PathBuf>,
}

// Arguments of `assize schema`.
#[expect(missing_docs, reason = "clap would show it in place of the command's line above")]
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// Of what.
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// One request.
    Request,
    /// One line of output.
    Response,
}

fn parse_size(text: &str) -> Result<u64, String> {
    const MAX: u64 = 1 << 60;
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (text.get(..text.len() - 1), 10),
        Some(b'M' | b'm') => (text.get(..text.len() - 1), 20),
        Some(b'G' | b'g') => (text.get(..text.len() - 1), 30),
        _ => (Some(text), 0),
    };
    let n = digits.and_then(|d| d.parse::<u64>().ok()).ok_or("not a number of bytes (such as 65536, 64K, 256M or 1G)")?;
    n.checked_mul(1 << shift).filter(|n| *n <= MAX).ok_or_else(|| "more than any limit can be (2^60)".to_owned())
}

fn parse_millis(text: &str) -> Result<Millis, String> {
    let ms = text.parse().ok().and_then(Millis::new);
    ms.ok_or_else(|| "not a number of milliseconds above 0 and at most a week".to_owned())
}

/// `a:b`, or `a` alone; both parts have something in them.
fn parse_pair(text: &str) -> Result<(&str, Option<&str>), String> {
    match text.split_once(':') {
        Some(("", _) | (_, "")) => Err("nothing stands on one side of the `:`".into()),
        Some((a, b)) => Ok((a, Some(b))),
        None if text.is_empty() => Err("empty".into()),
        None => Ok((text, None)),
    }
}

fn parse_bind(text: &str) -> Result<Bind, String> {
    let (source, target) = parse_pair(text)?;
    let target = PathBuf::from(target.unwrap_or(source));
    if !target.is_absolute() || target.components().any(|c| c == std::path::Component::ParentDir) {
        return Err("the path inside must be absolute and have no `..`: give SRC:/PATH".into());
    }
    Ok(Bind { source: source.into(), target })
}

fn parse_put(text: &str) -> Result<Put, String> {
    let (source, name) = parse_pair(text)?;
    let source = PathBuf::from(source);
    let name = name.or_else(|| source.file_name()?.to_str()).ok_or("it has no file name; give SRC:NAME")?;
    let name = BoxName::new(name).map_err(|e| e.to_string())?;
    Ok(Put { source, name })
}

fn parse_collect(text: &str) -> Result<Collect, String> {
    let (name, to) = parse_pair(text)?;
    let name = BoxName::new(name).map_err(|e| e.to_string())?;
    Ok(Collect { to: to.unwrap_or(name.as_str()).into(), name })
}

fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("not KEY=VALUE".into()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "clap's value parsers are fallible")]
fn parse_result_to(text: &str) -> Result<ResultTo, String> {
    Ok(match text.parse::<u16>() {
        Ok(fd) => ResultTo::Fd(fd.into()),
        Err(_) => ResultTo::File(text.into()),
    })
}

#[cfg(test)]
mod tests;
