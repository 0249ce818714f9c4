#: intent = "A key in the user's keyring. (In the sandbox the call itself is the end of a child, so that the run goes on.)"
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
ADD_KEY, KEYCTL, SEARCH, INVALIDATE, USER = 248, 250, 10, 21, -4


def key():
    if sys.argv[1] == "plant":
        return libc.syscall(ADD_KEY, b"user", b"attack-204", b"x", 1, USER)
    found = libc.syscall(KEYCTL, SEARCH, USER, b"user", b"attack-204", 0)
    if found >= 0:
        libc.syscall(KEYCTL, INVALIDATE, found)
    return found


child = os.fork()
if child == 0:
    os._exit(0 if key() >= 0 else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print("found a key" if status == 0 and sys.argv[1] == "look" else "nothing")
