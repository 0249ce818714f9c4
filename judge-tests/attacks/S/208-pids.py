#: intent = "How many processes the run before had, read from the numbers of one's own: a message of any length, a byte a run."
#: control = { private = true }
#: needs = "/proc/sys/kernel/ns_last_pid"
import os
import sys

if sys.argv[1] == "plant":
    for _ in range(1 + 100):
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    print("nothing")
else:
    if (child := os.fork()) == 0:
        os._exit(0)
    # In a fresh namespace, and here if nobody was there before, the numbers are small.
    print("found more than a hundred processes before it" if child > 100 else "nothing")
