#: intent = "A daemon that listens on an abstract socket, and outlives its run."
#: both = true
import os
import socket
import sys
import time

NAME = "\0attack-205"
found = False
if sys.argv[1] == "plant":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(NAME)
    listener.listen()
    if sys.argv[2] == "stay":
        time.sleep(1)
    elif os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        time.sleep(2)
        os._exit(0)
for _ in range(20 if sys.argv[2] == "wait" else 1):
    if sys.argv[1] == "look" and not found:
        try:
            socket.socket(socket.AF_UNIX).connect(NAME)
            found = True
        except OSError:
            time.sleep(0.05)
print("found a listener" if found else "nothing")
