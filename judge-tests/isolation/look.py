# Prints what a run sees of its world, as JSON.
import json
import os
import resource
import socket


def fails(action):
    try:
        action()
    except OSError as e:
        return type(e).__name__
    return None


def mounts():
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        kind = fields[fields.index("-") + 1]
        flags = set(fields[5].split(",")) & {"ro", "rw", "nosuid", "nodev", "noexec"}
        yield fields[4], [kind if kind in ("tmpfs", "proc") else "host", *sorted(flags)]


def descriptors():
    for number in range(1024):
        if fails(lambda: os.fstat(number)) is None:
            yield number


status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
limits = ["CPU", "FSIZE", "STACK", "NOFILE", "CORE", "NPROC"]
print(json.dumps({
    "mounts": dict(mounts()),
    "root": sorted(os.listdir("/")),
    "dev": sorted(os.listdir("/dev")),
    "etc": sorted(os.listdir("/etc")),
    "cwd": os.getcwd(),
    "box": sorted(os.listdir("/box")),
    "tmp": sorted(os.listdir("/tmp")),
    "descriptors": list(descriptors()),
    "environment": dict(os.environ),
    "status": {key: status[key].split() for key in (
        "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "SigBlk", "SigIgn", "Umask")},
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "pid": os.getpid(),
    "session": [os.getsid(0), os.getpgid(0) == os.getpid()],
    "hostname": os.uname().nodename,
    "namespaces": {name: os.readlink("/proc/self/ns/" + name) for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")},
    "loopback": fails(lambda: socket.create_connection(("127.0.0.1", int(input())), 2)),
    "init": {name: fails(lambda: open("/proc/1/" + name).read()) for name in ("environ", "maps", "mem", "cmdline")},
    "limits": {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in limits},
    "tty": fails(lambda: open("/dev/tty")),
}))
