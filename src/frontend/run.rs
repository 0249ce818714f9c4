//! `assize run`: one command in the sandbox, its streams passed through.
use super::host::{FirstSlot, Host};
use super::waiting::{self, Waiting};
use crate::cli::{Collect, ResultTo, RunArgs};
use crate::judge::{Command, LeftBox, run_command};
use crate::model::{RunReport, Verdict};
use crate::pool::{FileSource, Opener, Pool, PutFile, fits};
use crate::profile::command_root;
use crate::sandbox::{Mount, Root, Unmapped, Without, inherited};
use anyhow::{Context as _, bail};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, stat};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The policy of commands, unless told otherwise.
const POLICY: &str = "command";
/// Where the sandbox's PATH looks.
const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Runs `assize run`, with the `zygote` if there is one already; the exit status of the process.
pub fn run(args: &RunArgs, zygote: Option<Unmapped>) -> anyhow::Result<u8> {
    // Before there are more descriptors of ours that its path might name.
    let mut result = open_result(args.result.as_ref())?;
    let slot = FirstSlot::begin(zygote);
    let mounts: Vec<Mount> = args.bind.iter().map(|b| Mount { source: b.source.clone(), target: b.target.clone() }).collect();
    let root = command_root(&mounts)?;
    let without = Without::from_environment();
    slot.build(&root, without);
    let host = Host::find_for(slot, without, &args.host)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (told, pool) = runtime.block_on(async {
        let opener = Opener::new(None);
        let ended = async {
            let command = command(args, &host, root, &opener).await?;
            let pool = host.pool(1, false)?;
            let ran = pass_through(&pool, command, args).await;
            // While the slot ends.
            let told = ran.and_then(|(report, lost)| tell(&mut result, &report, lost));
            pool.close().await;
            anyhow::Ok((told, pool))
        };
        let ended = ended.await;
        opener.close().await;
        ended
    })?;
    runtime.shutdown_background();
    // Its slot's end takes as long as all this.
    drop(pool);
    told
}

/// What is to be run, and all it is given.
async fn command(args: &RunArgs, host: &Host, root: Root, opener: &Opener) -> anyhow::Result<Command> {
    let profiles = host.policies(&args.host.profiles)?;
    let slot = profiles.command_slot(args.policy.as_deref().unwrap_or(POLICY), root)?;
    let (argv, env) = (argv(args)?, env(args));
    if !fits(&argv, &env) {
        bail!("the arguments and variables are too long together: at most about 140000 bytes");
    }
    Ok(Command {
        slot: Arc::new(slot),
        argv,
        env,
        limits: args.limits.request().resolve(),
        files: put_files(args, opener).await?,
        stdin: stdin(args, opener).await?,
        keep_box: !args.collect.is_empty(),
        last: true,
    })
}

/// Writes the result; the exit status.
fn tell(result: &mut impl Write, report: &RunReport, lost: bool) -> anyhow::Result<u8> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    result.write_all(&line).context("failed to write the result")?;
    Ok(match report.verdict {
        Verdict::Ok if !lost => 0,
        Verdict::Ie => 3,
        _ => 1,
    })
}

/// Runs it, with what it writes going to our own streams; true: something of it was lost.
async fn pass_through(pool: &Pool, command: Command, args: &RunArgs) -> anyhow::Result<(RunReport, bool)> {
    let mut out = Sink::new(Waiting(io::stdout()));
    let mut err = Sink::new(Waiting(io::stderr()));
    let (mut report, left) = run_command(pool, command, |chunk| out.pass(chunk), |chunk| err.pass(chunk)).await?;
    let (collected, missing) = collect(&left, &args.collect)?;
    report.collected = collected;
    for name in &missing {
        complain(format_args!("--collect {name}: the command left no plain file of that name in /box"));
    }
    if let Some(e) = out.failed {
        complain(format_args!("failed to pass on the command's stdout: {e}"));
        return Ok((report, true));
    }
    Ok((report, !missing.is_empty()))
}

/// Not `eprintln`, which panics where stderr is closed.
fn complain(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "assize: {what}");
}

/// One of our streams. What a reader that went away misses is dropped; the command runs on, within its limits.
struct Sink<W> {
    to: W,
    failed: Option<io::Error>,
}

impl<W: Write> Sink<W> {
    const fn new(to: W) -> Self {
        Self { to, failed: None }
    }

    fn pass(&mut self, chunk: &[u8]) {
        if self.failed.is_none()
            && let Err(e) = self.to.write_all(chunk).and_then(|()| self.to.flush())
        {
            self.failed = Some(e);
        }
    }
}

/// The program by its path inside: `ls` is looked for where the sandbox's PATH looks, `./x` is in the box.
fn argv(args: &RunArgs) -> anyhow::Result<Vec<String>> {
    let mut argv = args.command.clone();
    let Some(program) = argv.first_mut() else { bail!("no command is given") };
    if program.is_empty() || args.command.iter().any(|a| a.contains('\0')) {
        bail!("the command has an empty program or a NUL in it");
    }
    if !program.contains('/') {
        let found = PATH.iter().map(|dir| Path::new(dir).join(&*program)).find(|p| p.is_file());
        let found = found.with_context(|| {
            format!("{program}: not found in {}; give its absolute path (with --bind for what lies outside /usr)", PATH.join(", "))
        })?;
        *program = found.to_string_lossy().into_owned();
    } else if !program.starts_with('/') {
        *program = format!("/box/{}", program.trim_start_matches("./"));
    }
    Ok(argv)
}

fn env(args: &RunArgs) -> Vec<String> {
    let path = PATH.join(":");
    let mut env = BTreeMap::from([("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", &*path)]);
    env.extend(args.env.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    env.into_iter().map(|(k, v)| format!("{k}={v}")).collect()
}

async fn put_files(args: &RunArgs, opener: &Opener) -> anyhow::Result<Vec<PutFile>> {
    let mut files: Vec<PutFile> = Vec::new();
    for put in &args.files {
        let name = put.name.as_str();
        if files.iter().any(|f| f.name == name || f.name.starts_with(&format!("{name}/")) || name.starts_with(&format!("{}/", f.name))) {
            bail!("--file: {name} is given twice, or as a file and as a directory; give each a name of its own (SRC:NAME)");
        }
        let (file, _) = opener.open(&put.source).await.context("--file")?;
        let executable = file.metadata().is_ok_and(|m| m.permissions().mode() & 0o111 != 0);
        files.push(PutFile { name: name.to_owned(), executable, content: FileSource::File(Arc::new(file)) });
    }
    Ok(files)
}

/// A file that can't be changed through its descriptor; else our own stdin through a pipe, for a descriptor of ours would
/// be a way out of the sandbox.
async fn stdin(args: &RunArgs, opener: &Opener) -> anyhow::Result<OwnedFd> {
    if let Some(path) = &args.stdin {
        return Ok(opener.open(path).await.context("--stdin")?.0.into());
    }
    let (reader, mut writer) = io::pipe()?;
    // The command may open it again (/dev/stdin), under whatever id.
    fchmod(&reader, Mode::from_bits_truncate(0o444))?;
    if !is_null() {
        // It may wait for a terminal for ever, and ends with the process.
        std::thread::spawn(move || waiting::copy(&mut io::stdin().lock(), &mut writer));
    }
    Ok(reader.into())
}

/// Whether our own stdin is /dev/null, as under cron: there is nothing to be passed on, and so no thread that would. (A pipe without a
/// writer reads the same, and is nothing of the host's.)
fn is_null() -> bool {
    let device = |s: FileStat| (SFlag::from_bits_truncate(s.st_mode) & SFlag::S_IFMT == SFlag::S_IFCHR).then_some(s.st_rdev);
    let ours = fstat(io::stdin()).ok().and_then(device);
    ours.is_some() && ours == stat("/dev/null").ok().and_then(device)
}

/// Each name asked for, and how many bytes it had, if it was there.
type Collected = BTreeMap<crate::model::BoxName, Option<u64>>;

/// Copies files out of the box; their sizes, and the names of those that aren't there.
fn collect(left: &LeftBox, asked: &[Collect]) -> anyhow::Result<(Collected, Vec<String>)> {
    let (mut collected, mut missing) = (BTreeMap::new(), Vec::new());
    for Collect { name, to } in asked {
        let size = match left.open(name).with_context(|| format!("--collect {name}"))? {
            Some((file, executable)) => {
                Some(copy(file, to, executable).with_context(|| format!("--collect: failed to write {}", to.display()))?)
            }
            None => {
                missing.push(name.to_string());
                None
            }
        };
        collected.insert(name.clone(), size);
    }
    Ok((collected, missing))
}

fn copy(mut from: File, to: &PathBuf, executable: bool) -> io::Result<u64> {
    let mode = if executable { 0o777 } else { 0o666 };
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(to)?;
    io::copy(&mut from, &mut file)
}

/// A descriptor that came with us, again. Only one that may be written to; and none that is closed at an
/// execve, for none came so with ours: it is our own (proc_pid_fdinfo(5)).
fn descriptor(fd: i32) -> io::Result<Waiting<File>> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}"))?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    let flags = OFlag::from_bits_retain(flags.unwrap_or_default());
    if flags & OFlag::O_ACCMODE == OFlag::O_RDONLY || flags.contains(OFlag::O_CLOEXEC) {
        return Err(Errno::EBADF.into());
    }
    // A copy: to open it again (/proc/self/fd) fails for a socket, and for what another user has opened for us.
    Ok(Waiting(inherited(fd)?.into()))
}

/// Where the result goes: what was asked for, else descriptor 3 if the caller opened it for us, else stderr.
fn open_result(to: Option<&ResultTo>) -> anyhow::Result<Box<dyn Write>> {
    Ok(match to {
        Some(ResultTo::Fd(1)) => bail!("--result 1: stdout is the command's; give a file, or another descriptor"),
        Some(ResultTo::Fd(2)) => Box::new(Waiting(io::stderr())),
        Some(ResultTo::Fd(fd)) => Box::new(descriptor(*fd).with_context(|| format!("--result {fd}: is it open for writing?"))?),
        Some(ResultTo::File(path)) => Box::new(File::create(path).with_context(|| format!("--result {}", path.display()))?),
        None => match descriptor(3) {
            Ok(file) => Box::new(file),
            Err(_) => Box::new(Waiting(io::stderr())),
        },
    })
}
