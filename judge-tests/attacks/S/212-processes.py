#: intent = "Others' processes, as /proc shows them: names are a message."
#: both = true
import os
import sys
import time

found = []
if sys.argv[1] == "plant":
    with open("/proc/self/comm" if os.access("/proc/self/comm", os.W_OK) else os.devnull, "w") as f:
        f.write("attack-212")
    if sys.argv[2] == "stay":
        time.sleep(1)
    elif os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        with open("/proc/self/comm" if os.access("/proc/self/comm", os.W_OK) else os.devnull, "w") as f:
            f.write("attack-212")
        time.sleep(2)
        os._exit(0)
for _ in range(20 if sys.argv[2] == "wait" else 1):
    for pid in os.listdir("/proc"):
        if sys.argv[1] == "look" and pid.isdigit() and int(pid) != os.getpid() and int(pid) != os.getppid():
            try:
                if open(f"/proc/{pid}/comm", "rb").read() == b"attack-212\n":
                    found.append(pid)
            except OSError:
                pass
    time.sleep(0.05 if sys.argv[2] == "wait" else 0)
print("found " + found[0] if found else "nothing")
