#: intent = "A POSIX message queue under a name that both know."
#: both = true
import ctypes
import os
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
NAME = b"/attack-203"

found = -1
if sys.argv[1] == "plant":
    libc.mq_open(NAME, os.O_CREAT | os.O_RDWR, 0o600, None)
    if sys.argv[2] == "stay":
        time.sleep(1)
for _ in range(20 if sys.argv[2] == "wait" else 1):
    if sys.argv[1] == "look" and found < 0:
        found = libc.mq_open(NAME, os.O_RDWR)
        time.sleep(0.05)
if found >= 0:
    libc.mq_unlink(NAME)
print("found it" if found >= 0 else "nothing")
