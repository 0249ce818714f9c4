#: intent = "A timer and a process that waits for it: it goes off in the next run, and kills it."
#: control = { run = "python3 -B $SOURCE plant go > /dev/null; python3 -B $SOURCE look once | sed 's/^found/ESCAPED/'" }
import os
import signal
import sys
import time

MARK = "attack-209-goes-off"
if sys.argv[1] == "plant":
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        signal.signal(signal.SIGALRM, lambda *_: open("/tmp/" + MARK, "w").close())
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        signal.pause()
        os._exit(0)
    print("nothing")
else:
    time.sleep(0.8)
    found = os.path.exists("/tmp/" + MARK)
    if found:
        os.remove("/tmp/" + MARK)
    print("found that it went off" if found else "nothing")
