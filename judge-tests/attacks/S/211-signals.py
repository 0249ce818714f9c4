#: intent = "A daemon of one run signals whatever comes after it, or beside it."
#: both = true
import os
import signal
import sys
import time

found = []
if sys.argv[1] == "plant":
    def shoot():
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            for pid in range(2, 32768) if not os.environ.get("ATTACK_CONTROL") else [int(open("look.pid").read() or 0)] if os.path.exists("look.pid") else []:
                if pid not in (os.getpid(), os.getppid(), 0):
                    try:
                        os.kill(pid, signal.SIGUSR1)
                    except OSError:
                        pass
            time.sleep(0.05)
    if sys.argv[2] == "stay":
        shoot()
    elif os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        shoot()
        os._exit(0)
    print("nothing")
else:
    signal.signal(signal.SIGUSR1, lambda *_: found.append("a signal"))
    with open("look.pid", "w") as f:
        f.write(str(os.getpid()))
    time.sleep(1)
    print("found " + found[0] if found else "nothing")
