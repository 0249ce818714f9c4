#: intent = "A socket sent to itself and left: no process has it open, and its name stands until the kernel looks for such cycles."
import os
import socket
import sys

NAME = "attack-215"
if sys.argv[1] == "plant":
    try:
        for number in range(20):
            mailbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            mailbox.bind(f"\0{NAME}-{number}")
            mailbox.connect(f"\0{NAME}-{number}")
            socket.send_fds(mailbox, [b"x"], [mailbox.fileno()])
            # Not closed by Python: an end of the process closes all at once.
            os.dup2(mailbox.detach(), 40 + number)
    except OSError:
        pass
    print("nothing")
else:
    try:
        names = open("/proc/self/net/unix").read()
    except OSError:
        names = ""
    print("found a name" if NAME in names else "nothing")
