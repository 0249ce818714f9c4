//! The real `assize`, as a process.
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Where it is: beside this program where that was copied, else where cargo has put it.
pub fn path() -> PathBuf {
    std::env::var_os("ASSIZE_BIN").map_or_else(|| env!("CARGO_BIN_EXE_assize").into(), PathBuf::from)
}

/// The same with shared libraries, where there is one: as `cargo build` makes it.
pub fn shared() -> Option<PathBuf> {
    std::env::var_os("ASSIZE_SHARED_BIN").map(PathBuf::from)
}

/// `assize judge`, running.
pub struct Judge {
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// What the kernel says of a process (/proc/PID).
#[derive(Debug, Clone, Copy)]
pub struct Footprint {
    pub resident_kib: i64,
    pub descriptors: usize,
}

impl Judge {
    pub fn start(args: &[&str], cache: &std::path::Path) -> anyhow::Result<Self> {
        let mut child = Command::new(path())
            // Limited as the runs in this process are, which nobody moves to a scope of its own.
            .args(["judge", "--quiet", "--no-scope", "--cache-dir"])
            .arg(cache)
            .args(args)
            // What the host gives less of is in the table's last line.
            .env("ASSIZE_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| path().display().to_string())?;
        let stdout = child.stdout.take().context("no stdout")?;
        Ok(Self { child, answers: BufReader::new(stdout) })
    }

    pub fn ask(&mut self, request: &Value) -> anyhow::Result<()> {
        self.tell(&line(request))
    }

    /// A request that is a line already. In one piece: what the client takes of these few CPUs is not to be measured.
    pub fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(self.child.stdin.as_mut().context("no stdin")?.write_all(line.as_bytes())?)
    }

    /// The next answer; one that is an error, or `IE`, ends the measurement.
    pub fn answer(&mut self) -> anyhow::Result<Value> {
        read(&self.hear()?)
    }

    /// The next answer's line, to be read when there is time.
    pub fn hear(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }

    pub fn footprint(&self) -> anyhow::Result<Footprint> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count();
        Ok(Footprint { resident_kib: resident.context("no VmRSS")?, descriptors })
    }

    /// The highest that its resident memory has been.
    pub fn peak_kib(&self) -> anyhow::Result<i64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak.context("no VmHWM")
    }

    pub fn end(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "assize judge ended with {status}");
        Ok(())
    }
}

/// A request as a line.
pub fn line(request: &Value) -> String {
    format!("{request}\n")
}

/// An answer from its line; one that is an error, or `IE`, ends the measurement.
pub fn read(line: &str) -> anyhow::Result<Value> {
    let answer: Value = serde_json::from_str(line).with_context(|| format!("not an answer: {line:?}"))?;
    ensure!(answer["error"].is_null() && answer["verdict"] != "IE", "not judged: {answer}");
    Ok(answer)
}
