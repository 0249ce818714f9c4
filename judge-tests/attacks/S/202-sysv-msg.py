#: intent = "System V message queues under a key that both know."
#: both = true
import ctypes
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
KEY, CREATE = 0x415512, 0o1000


def get(flags):
    return libc.msgget(KEY, flags | 0o600)


found = -1
if sys.argv[1] == "plant":
    get(CREATE)
    if sys.argv[2] == "stay":
        time.sleep(1)
for _ in range(20 if sys.argv[2] == "wait" else 1):
    if sys.argv[1] == "look" and found < 0:
        found = get(0)
        time.sleep(0.05)
if found >= 0:
    libc.msgctl(found, 0, None)
print("found it" if found >= 0 else "nothing")
