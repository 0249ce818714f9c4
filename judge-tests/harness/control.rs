//! The control of an attack: the same program outside the sandbox, as the test user. Where it does no harm there, its being
//! contained would prove nothing.
//!
//! `ATTACK_CONTROL=1` stands in its environment: what would harm the machine does no more then than prove its point.
use super::canary::Canaries;
use super::processes;
use serde::Deserialize;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How the control is run, and what shows that the attack works.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// `escaped` (the default): it prints so. `lasts`: it is still there after `seconds`. `fails`: it does not exit with 0.
    bites: Option<String>,
    /// Default: 30; for `lasts` 1.
    seconds: Option<f64>,
    /// A shell command instead of running it: `$SOURCE` is the file, `$PROGRAM` (if it is named) what was compiled of it,
    /// `$TOLD` the file with what attacks are told, `$ATTACKS` the folder of the helpers.
    run: Option<String>,
    /// In process, network and IPC namespaces of its own, which end with it.
    #[serde(default)]
    private: bool,
    /// As the shell's `ulimit` takes them.
    ulimit: Option<String>,
}

impl Control {
    /// The same, with a command unless it has one.
    pub fn with_default(&self, run: &str) -> Self {
        Self { run: self.run.clone().or_else(|| Some(run.to_owned())), ..self.clone() }
    }
}

/// `Err`: it did not bite, and what it did instead.
pub fn bites(control: &Control, source: &Path, language: &str) -> Result<(), String> {
    let canaries = Canaries::new();
    let folder = tempfile::tempdir().expect("a directory");
    let result = attempt(control, source, language, &canaries, folder.path());
    // It may have made daemons, and directories that can't be entered.
    processes::end_all();
    for (tool, arg) in [("chmod", "-Rf"), ("rm", "-rf")] {
        let args: &[&str] = if tool == "chmod" { &[arg, "u+rwx"] } else { &[arg] };
        let _ = Command::new(tool).args(args).arg(folder.path()).stderr(Stdio::null()).status();
    }
    result
}

fn attempt(control: &Control, source: &Path, language: &str, canaries: &Canaries, folder: &Path) -> Result<(), String> {
    let source = source.canonicalize().map_err(|e| e.to_string())?;
    let attacks = source.parent().and_then(Path::parent).expect("a folder").to_owned();
    let kept = kept(language, &source, &attacks);
    let command = match &control.run {
        Some(command) if command.contains("$PROGRAM") => {
            program(language, &source, &attacks, &kept)?;
            command.clone()
        }
        Some(command) => command.clone(),
        None => program(language, &source, &attacks, &kept)?,
    };
    let limits = control.ulimit.as_ref().map(|l| format!("ulimit {l}; ")).unwrap_or_default();
    let mut shell = if control.private {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-current-user", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc", "bash"]);
        unshare
    } else {
        Command::new("bash")
    };
    let files = ["out", "err"].map(|name| folder.join(format!(".control-{name}")));
    let file = |path: &Path| fs::File::create(path).expect("a file");
    let work = folder.join("work");
    fs::create_dir(&work).map_err(|e| e.to_string())?;
    shell
        .arg("-c")
        .arg(format!("{limits}{command}"))
        .current_dir(&work)
        .env("ATTACK_CONTROL", "1")
        .env("SOURCE", &source)
        .env("PROGRAM", &kept)
        .env("TOLD", &canaries.facts)
        .env("ATTACKS", &attacks)
        .stdin(fs::File::open(&canaries.facts).expect("facts"))
        .stdout(file(&files[0]))
        .stderr(file(&files[1]))
        .process_group(0);
    let kind = control.bites.as_deref().unwrap_or("escaped");
    let patience = Duration::from_secs_f64(control.seconds.unwrap_or(if kind == "lasts" { 1.0 } else { 30.0 }));
    let mut child = shell.spawn().map_err(|e| e.to_string())?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait().expect("wait") {
            None if began.elapsed() < patience => thread::sleep(Duration::from_millis(5)),
            other => break other,
        }
    };
    if status.is_none() {
        processes::end_all();
        let _ = child.wait();
    }
    let (out, err) = (tail(&files[0]), tail(&files[1]));
    let bitten = match kind {
        "escaped" => out.lines().any(|l| l.starts_with("ESCAPED")),
        "lasts" => status.is_none(),
        "fails" => status.is_some_and(|s| !s.success() || s.signal().is_some()),
        other => panic!("{}: there is no control that {other}", source.display()),
    };
    if bitten { Ok(()) } else { Err(format!("wanted: {kind}; status: {status:?}; stdout: {out:?}; stderr: {err:?}")) }
}

/// Where the compiled control is kept for the next time, by what it is made of: in user-mode-linux compiling takes longer than
/// all the rest.
fn kept(language: &str, source: &Path, attacks: &Path) -> PathBuf {
    let mut hash = DefaultHasher::new();
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    (language, read(source), read(&attacks.join("attack.h"))).hash(&mut hash);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cache");
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    cache.join("assize-attacks").join(format!("{:016x}", hash.finish()))
}

/// The end of what it wrote: floods say at their end that nothing stopped them.
fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = |mut f: fs::File| {
        let len = f.seek(SeekFrom::End(0))?;
        f.seek(SeekFrom::Start(len.saturating_sub(4096)))?;
        f.read_to_end(&mut bytes)
    };
    let _ = fs::File::open(path).and_then(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compiles it into `program`, unless that was done before, and says how it is run.
fn program(language: &str, source: &Path, attacks: &Path, program: &Path) -> Result<String, String> {
    let compiler: &[&str] = match language {
        "c17" => &["gcc", "-std=gnu17", "-O2", "-w", "-pthread", "-lm", "-o"],
        "cpp17" => &["g++", "-std=gnu++17", "-O2", "-w", "-pthread", "-o"],
        "rust" => &["rustc", "-O", "-o"],
        "go" => &["go", "build", "-o"],
        _ => &[],
    };
    if let [tool, args @ ..] = compiler {
        let run = format!("exec {}", program.display());
        if program.exists() {
            return Ok(run);
        }
        let folder = program.parent().expect("a folder");
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let draft = program.with_extension("draft");
        let mut command = Command::new(tool);
        command.args(args).arg(&draft);
        if matches!(language, "c17" | "cpp17") {
            command.arg("-I").arg(attacks);
        }
        let output = command.arg(source).current_dir(folder).output().map_err(|e| format!("{tool}: {e}"))?;
        if !output.status.success() {
            return Err(format!("{tool}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        fs::rename(&draft, program).map_err(|e| e.to_string())?;
        return Ok(run);
    }
    Ok(match language {
        "python3" => "PYTHONPATH=$ATTACKS exec python3 -B $SOURCE".into(),
        "bash" => "exec bash $SOURCE".into(),
        "java" => "exec java -Xmx256m $SOURCE".into(),
        other => panic!("how is {other} run?"),
    })
}
