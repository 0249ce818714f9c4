#: intent = "Queued signals and timers count for the user: a dead run's must not count for the next, nor one slot's for another."
#: both = true
import ctypes
import os
import resource
import signal
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
MOST = 1000
# A run's own limit is no higher.
resource.setrlimit(resource.RLIMIT_SIGPENDING, (MOST, MOST))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])


def queue(most):
    """How many there is room for."""
    queued = 0
    while queued < most and libc.sigqueue(os.getpid(), signal.SIGRTMIN, None) == 0:
        queued += 1
    return queued


if sys.argv[1] == "plant":
    if sys.argv[2] == "stay":
        queue(MOST)
        time.sleep(1.5)
    else:
        said, says = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            queue(MOST)
            os.write(says, b"x")
            time.sleep(1.5)
            os._exit(0)
        os.read(said, 1)
    print("nothing")
else:
    time.sleep(0.5 if sys.argv[2] == "wait" else 0)
    print("nothing" if queue(MOST // 2) == MOST // 2 else "found that there is no room")
