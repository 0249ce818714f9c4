#: intent = "/sys and the cgroup file system: what hardware there is, and the limits themselves."
import os

from attack import answer, works

found = [path for path in ["/sys/kernel", "/sys/class", "/sys/fs/cgroup", "/sys/devices", "/cgroup"] if works(os.listdir, path)]
found += [line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup" in line or " - sysfs" in line or " - debugfs" in line]
answer(found)
