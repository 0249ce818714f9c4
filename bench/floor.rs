//! The floor: vfork, exec and wait of a static program that does nothing, without any isolation.
use anyhow::{Context as _, ensure};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program, as a file.
pub struct Noop {
    path: tempfile::TempPath,
}

/// The barest way to run it, which takes a language without a runtime: vfork, execve and wait4 by a program that does nothing else.
/// posix_spawn(3) is that and some 130 calls about the dispositions of signals.
pub struct Bare {
    dir: tempfile::TempDir,
}

const BARE: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
    for (int i = argc == 3 ? atoi(argv[2]) : 0; i > 0; i--) {
        struct timespec began, ended;
        char *none[] = {argv[1], NULL};
        int status;
        clock_gettime(CLOCK_MONOTONIC, &began);
        pid_t pid = vfork();
        if (pid == 0) execve(argv[1], none, none + 1), _exit(127);
        if (pid < 0 || wait4(pid, &status, 0, NULL) != pid || status != 0) return 1;
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf("%f\n", (ended.tv_sec - began.tv_sec) * 1e6 + (ended.tv_nsec - began.tv_nsec) / 1e3);
    }
}
"#;

impl Bare {
    pub fn new() -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        compile(dir.path(), "bare", BARE)?;
        Ok(Self { dir })
    }

    /// So many runs of `noop`, each in microseconds.
    pub fn run(&self, noop: &Noop, runs: usize) -> anyhow::Result<Vec<f64>> {
        let output = Command::new(self.dir.path().join("bare")).arg(&noop.path).arg(runs.to_string()).output()?;
        ensure!(output.status.success(), "the bare floor ended with {}", output.status);
        String::from_utf8(output.stdout)?.lines().map(|line| Ok(line.parse()?)).collect()
    }
}

/// Makes a program of C, as the profile `c17` would, by the host's compiler: for what is measured without a sandbox.
pub fn compile(dir: &Path, name: &str, source: &str) -> anyhow::Result<PathBuf> {
    let (program, text) = (dir.join(name), dir.join(name).with_extension("c"));
    std::fs::write(&text, source)?;
    let status = Command::new("gcc").args(["-O2", "-static", "-o"]).args([&program, &text]).status();
    let status = status.context("gcc, which makes what is measured without a sandbox: apt-get install gcc")?;
    ensure!(status.success(), "gcc ended with {status}");
    Ok(program)
}

/// exit_group(0), in x86-64 machine code: mov eax, 231; xor edi, edi; syscall.
const CODE: [u8; 9] = [0xb8, 231, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
/// Where it is loaded.
const BASE: u64 = 0x40_0000;
const HEADERS: u64 = 64 + 56;

impl Noop {
    pub fn new() -> anyhow::Result<Self> {
        let mut file = tempfile::Builder::new().prefix("assize-noop").tempfile()?;
        file.write_all(&elf())?;
        file.as_file().set_permissions(PermissionsExt::from_mode(0o755))?;
        // The descriptor is closed: a file open for writing can't be executed (ETXTBSY).
        Ok(Self { path: file.into_temp_path() })
    }

    pub fn bytes() -> Vec<u8> {
        elf()
    }

    /// `Command` without a pre-exec hook is posix_spawn(3), which glibc makes of clone(CLONE_VM | CLONE_VFORK).
    pub fn run(&self) -> anyhow::Result<()> {
        let status = Command::new(&self.path).env_clear().status()?;
        ensure!(status.success(), "the no-op program ended with {status}");
        Ok(())
    }
}

/// The smallest honest ELF: header, one loadable segment, nine bytes of code.
fn elf() -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    let half = |out: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    let word = |out: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    let long = |out: &mut Vec<u8>, values: &[u64]| values.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    // ET_EXEC, x86-64, version, entry, program headers at 64, no section headers, sizes.
    half(&mut out, &[2, 62]);
    word(&mut out, &[1]);
    long(&mut out, &[BASE + HEADERS, 64, 0]);
    word(&mut out, &[0]);
    half(&mut out, &[64, 56, 1, 0, 0, 0]);
    // PT_LOAD, read and execute, the whole file.
    let size = HEADERS + CODE.len() as u64;
    word(&mut out, &[1, 5]);
    long(&mut out, &[0, BASE, BASE, size, size, 4096]);
    out.extend_from_slice(&CODE);
    out
}
