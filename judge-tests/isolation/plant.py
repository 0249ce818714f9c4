# `plant DIR KEY` leaves a file, a shared memory segment and a daemon on an abstract socket; `look DIR KEY` says what it finds.
import ctypes
import os
import socket
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
mode, folder, key = sys.argv[1], sys.argv[2], int(sys.argv[3])
name = "\0assize-planted-%d" % key
path = os.path.join(folder, "planted-%d" % key)
IPC_CREAT = 0o1000


def shared_memory(flags):
    return libc.shmget(key, 4096, flags | 0o600) != -1


def daemon():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen()
    if os.fork() == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        # In the sandbox it does not get that old; the control's is gone by itself.
        time.sleep(3)
        os._exit(0)
    return True


def connect():
    socket.socket(socket.AF_UNIX).connect(name)
    return True


def attempt(what, action):
    try:
        return [what] if action() else []
    except OSError:
        return []


if mode == "plant":
    done = attempt("file", lambda: open(path, "w")) + attempt("memory", lambda: shared_memory(IPC_CREAT)) + attempt("socket", daemon)
else:
    done = attempt("file", lambda: open(path)) + attempt("memory", lambda: shared_memory(0)) + attempt("socket", connect)
print(" ".join(done) or "nothing")
