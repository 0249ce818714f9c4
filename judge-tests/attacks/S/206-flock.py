#: intent = "Locks on files of the host's that both see: flock, record locks, leases."
#: both = true
import fcntl
import os
import sys
import time

FILES = ["/usr/lib/os-release", sys.executable, "/dev/null"]
found = []
held = []
for path in FILES:
    for lock in (fcntl.flock, fcntl.lockf):
        try:
            held.append(open(path, "rb"))
            if sys.argv[1] == "plant":
                lock(held[-1], fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            pass
if sys.argv[1] == "plant":
    if sys.argv[2] == "stay":
        time.sleep(1)
    elif os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        time.sleep(2)
        os._exit(0)
for _ in range(20 if sys.argv[2] == "wait" else 1):
    if sys.argv[1] == "look" and not found:
        for path in FILES[:2]:
            try:
                fcntl.flock(open(path, "rb"), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(path)
            except OSError:
                pass
        time.sleep(0.05)
print("found a lock on " + " ".join(found) if found else "nothing")
