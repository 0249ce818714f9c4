//! The verdicts and the reasons given with them.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a test, a compilation, a group or a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Accepted by the checker.
    Ac,
    /// Wrong answer, said by the checker.
    Wa,
    /// Presentation error, said by a custom checker (the built-in ones never do).
    Pe,
    /// Partly correct, said by a custom checker, with points.
    Pc,
    /// Ran to exit status 0, nothing to compare.
    Ok,
    /// The compiler failed, or broke its own limits.
    Ce,
    /// Over the CPU or wall time limit.
    Tle,
    /// Over the memory limit.
    Mle,
    /// Wrote more than allowed to stdout, stderr or disk.
    Ole,
    /// Non-zero exit status or a signal.
    Re,
    /// Killed by the system-call policy.
    Sv,
    /// Internal error: the judge's own fault, never the contestant's.
    Ie,
    /// Not run.
    Sk,
}

impl Verdict {
    /// Whether a test with this verdict counts as passed.
    pub const fn passed(self) -> bool {
        matches!(self, Self::Ac | Self::Ok)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ac => "AC",
            Self::Wa => "WA",
            Self::Pe => "PE",
            Self::Pc => "PC",
            Self::Ok => "OK",
            Self::Ce => "CE",
            Self::Tle => "TLE",
            Self::Mle => "MLE",
            Self::Ole => "OLE",
            Self::Re => "RE",
            Self::Sv => "SV",
            Self::Ie => "IE",
            Self::Sk => "SK",
        })
    }
}

/// Why a verdict was given. An open list: readers must accept words they don't know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// TLE: CPU time of all the run's processes.
    CpuTime,
    /// TLE: the supervisor's clock.
    WallTime,
    /// MLE: the kernel's out-of-memory killer acted in the run's cgroup.
    OomKill,
    /// MLE: peak memory was seen above the limit (`rlimit` mode only).
    Peak,
    /// OLE: standard output.
    Stdout,
    /// OLE: standard error.
    Stderr,
    /// OLE: stdout, stderr and files together.
    OutputTotal,
    /// OLE: a file or the disk quota.
    Disk,
    /// RE: exit status other than 0.
    ExitCode,
    /// RE: ended by a signal.
    Signal,
    /// RE: execve(2) refused the program.
    Exec,
    /// SV: the system-call policy.
    SystemCall,
    /// WA: the file named by `output` is missing, or not a regular file.
    OutputFile,
    /// IE: the sandbox could not be set up, or the host failed.
    Sandbox,
    /// IE: the checker or the interactor failed.
    Checker,
    /// SK: a test before it failed and `stop_on` says to stop.
    StopOn,
    /// SK: a group it requires was not passed.
    Requires,
    /// SK: the program did not compile.
    Compile,
}
