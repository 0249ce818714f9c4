//! newuidmap(1) and newgidmap(1), under way while their caller goes on. posix_spawn(3) would wait until each has been executed,
//! on a CPU that it may have to leave to it.
//!
//! Until then a mapper shares its caller's memory, as a run does its zygote's (`child`), and lives by the same rule: system calls
//! only, on what its [`Mapper`] keeps until the mapper's end.
use super::child::Pointers;
use super::fault::{At, Fault, Step};
use super::sys::{self, CloneArgs};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

/// What one needs between clone and execve: no more than a frame or two.
const STACK: usize = 16 * 1024;

/// One of them.
#[derive(Debug)]
pub(super) struct Mapper {
    tool: &'static str,
    pid: Option<Pid>,
    stderr: io::PipeReader,
    _call: Box<Call>,
    _stack: Vec<u128>,
}

#[derive(Debug)]
struct Call {
    argv: Pointers,
    env: Pointers,
    streams: [RawFd; 3],
}

impl Mapper {
    /// Starts `tool`, whose file is `path`. The caller has one thread, and may have more before it has finished this: nobody does
    /// anything to what is in here.
    pub(super) fn start(tool: &'static str, path: &Path, arguments: &[String]) -> Result<Self, Fault> {
        let argv: Vec<String> = std::iter::once(path.display().to_string()).chain(arguments.iter().cloned()).collect();
        let null = OwnedFd::from(File::options().read(true).write(true).open("/dev/null").at(Step::NewUidMap)?);
        let (stderr, theirs) = io::pipe().at(Step::NewUidMap)?;
        let streams = [null.as_raw_fd(), null.as_raw_fd(), theirs.as_raw_fd()];
        let call = Box::new(Call { argv: Pointers::new(&argv)?, env: Pointers::new(&[])?, streams });
        let mut stack = vec![0_u128; STACK / size_of::<u128>()];
        let args = CloneArgs {
            flags: u64::from(libc::CLONE_VM.cast_unsigned()),
            exit_signal: libc::SIGCHLD.cast_unsigned().into(),
            stack: stack.as_mut_ptr() as u64,
            stack_size: STACK as u64,
            ..CloneArgs::default()
        };
        // SAFETY: stack and call are ours, and stay where they are on the heap until the child's end (`finish`, `drop`); `execute`
        // never returns, and makes system calls only, none of which fails but execve, which has no `errno` here.
        let pid = unsafe { sys::clone3_shared(&args, execute, &raw const *call) }.at_with(Step::NewUidMap, || tool.to_owned())?;
        Ok(Self { tool, pid: Some(Pid::from_raw(pid)), stderr, _call: call, _stack: stack })
    }

    /// Waits until it has written its map.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let mut said = Vec::new();
        self.stderr.read_to_end(&mut said).at_with(Step::NewUidMap, || self.tool.to_owned())?;
        match self.end() {
            Some(WaitStatus::Exited(_, 0)) => Ok(()),
            _ => {
                let detail = format!("{}: {}", self.tool, String::from_utf8_lossy(&said).trim());
                Err(Fault { step: Step::NewUidMap, errno: 0, detail: Some(detail) })
            }
        }
    }

    /// Its process, until it has ended.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.pid
    }

    fn end(&mut self) -> Option<WaitStatus> {
        let pid = self.pid.take()?;
        loop {
            match waitpid(pid, Some(WaitPidFlag::__WALL)) {
                Err(nix::errno::Errno::EINTR) => {}
                ended => return ended.ok(),
            }
        }
    }
}

impl Drop for Mapper {
    fn drop(&mut self) {
        self.end();
    }
}

extern "C" fn execute(call: *const Call) -> ! {
    // SAFETY: `Mapper` keeps it alive and unmoved until our end.
    let call = unsafe { &*call };
    for (stream, number) in call.streams.iter().zip(0..) {
        // SAFETY: integers only; both are descriptors of our own copy of the table.
        unsafe { libc::dup2(*stream, number) };
    }
    // SAFETY: both arrays are null-terminated and of C strings that `call` owns.
    unsafe { sys::execve(call.argv.array[0], call.argv.array.as_ptr(), call.env.array.as_ptr()) };
    // SAFETY: ends this process only, without running destructors or exit handlers of our maker's.
    unsafe { libc::_exit(127) }
}
