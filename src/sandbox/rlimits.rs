//! Resource limits of a run (setrlimit(2)): the per-process part, and in `rlimit` mode the backstop behind the sampler.
use super::outcome::LimitMode;
use super::spec::RunSpec;
use rlimit::Resource;

/// What a virtual machine has beside its heap and stacks: code, metadata, arenas. Measured: the JVM 200 MiB, Go 50, Node 150.
const RUNTIME: u64 = 256 << 20;

/// What is the same for all runs: the zygote takes these itself, once, and its runs inherit them.
pub(super) const SHARED: [(Resource, u64); 6] = [
    (Resource::CORE, 0),
    // Locked pages are the run's own and count as its memory; the JVM wants a few.
    (Resource::MEMLOCK, 8 << 20),
    // No policy lets a run make a queue. Room for one would be a channel: it counts for the slot's user until the kernel gets round
    // to the namespace that it was in (`free_ipc`), in the time of the next run.
    (Resource::MSGQUEUE, 0),
    (Resource::SIGPENDING, 1024),
    (Resource::NICE, 0),
    (Resource::RTPRIO, 0),
];

/// The table a run's child walks. `zygote_counts`: the zygote has the run's uid, so RLIMIT_NPROC counts it too.
pub(super) fn table(spec: &RunSpec, mode: LimitMode, zygote_counts: bool) -> Vec<(Resource, u64)> {
    let cpu_us = match spec.read_bytes {
        None => spec.cpu_us,
        // What it uses in all is bounded by its wall time only.
        Some(_) => spec.wall_us.saturating_mul(spec.processes.into()).max(spec.cpu_us),
    };
    let mut limits = vec![
        // Whole seconds, per process: only there in case we should be held up ourselves. Two seconds of slack keep
        // it from acting before the exact limit does.
        (Resource::CPU, cpu_us.div_ceil(1_000_000) + 2),
        (Resource::FSIZE, spec.disk_bytes),
        (Resource::STACK, spec.stack_bytes),
        (Resource::NOFILE, spec.open_files.into()),
    ];
    if mode == LimitMode::Rlimit {
        // Counted per user namespace and uid since Linux 5.14.
        limits.push((Resource::NPROC, u64::from(spec.processes) + u64::from(zygote_counts)));
        // What could become private memory, touched or not. The sampler holds the limit itself, by what is touched; this
        // bounds how far a run can get between two looks. A thread's stack counts here with all of RLIMIT_STACK, unless
        // the program says otherwise: Node has six threads before its first line.
        let stacks = u64::from(spec.processes.min(8)).saturating_mul(spec.stack_bytes);
        limits.push((Resource::DATA, spec.memory_bytes.saturating_add(RUNTIME).saturating_add(stacks)));
    }
    limits
}
