#: intent = "The host's name, in a child: where that is the end of it, the run goes on."
#: control = { run = "unshare --user --map-root-user --uts bash -c 'python3 -B $SOURCE plant go; python3 -B $SOURCE look once' | sed 's/^found/ESCAPED/'" }
import os
import socket
import sys

if sys.argv[1] == "plant" and os.fork() == 0:
    socket.sethostname("planted-207")
    os._exit(0)
if sys.argv[1] == "plant":
    os.wait()
print("found the name" if sys.argv[1] == "look" and socket.gethostname() == "planted-207" else "nothing")
