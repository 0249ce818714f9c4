#: intent = "Looks for others in /proc, and for what /proc tells of the host."
#: limits = { cpu_time_ms = 4000 }
import os

from attack import answer, facts, works

found = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (os.getpid(), os.getppid())]
names = ["kcore", "kmsg", "sysrq-trigger", "keys", "key-users", "kallsyms", "modules", "config.gz", "version", "cmdline", "meminfo",
         "stat", "loadavg", "uptime", "net/tcp", "sysvipc/shm", "sys/kernel/hostname", "sys/kernel/core_pattern", "interrupts", "timer_list"]
found += ["/proc/" + name for name in names if os.path.lexists("/proc/" + name)]
judge = facts()["pid"]
found += [f for f in ("environ", "cmdline", "maps", "status") if works(open, f"/proc/{judge}/{f}")]
answer(found)
