#: intent = "Numbers that a file system hands out: inodes of the box and of /tmp go on counting where nothing is fresh."
import os
import sys

if sys.argv[1] == "plant":
    for i in range(500):
        open(f"planted-{i}", "w").close()
    print("nothing")
else:
    open("looked", "w").close()
    first = os.stat("looked").st_ino - min(os.stat(path).st_ino for path in (".", "/proc/self/cwd"))
    # A control's folder is full of what was planted.
    print("found the count" if first > 100 or len(os.listdir(".")) > 100 else "nothing")
