#: intent = "What belongs to an open file and not to who has it open: where stdin stands, its flags, its seals, its size and times."
#: both = true
#: control = { run = "export PYTHONPATH=$ATTACKS; (python3 -B $SOURCE plant stay <&0 > planted & python3 -B $SOURCE look wait; cat planted; wait) | sed 's/^found/ESCAPED/'" }
import fcntl
import os
import sys
import time

MARK = 7
ADD_SEALS, GET_SEALS, WRITE = 1033, 1034, 8


def works(action, *args):
    try:
        return action(*args)
    except OSError:
        return None


if sys.argv[1] == "plant":
    os.lseek(0, MARK, os.SEEK_SET)
    works(fcntl.fcntl, 0, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)
    works(fcntl.fcntl, 0, ADD_SEALS, WRITE)
    works(os.utime, 0, (MARK, MARK))
    works(os.ftruncate, 0, 1 << 20)
    if sys.argv[2] == "stay":
        time.sleep(1.5)
    print("nothing")
else:
    found = set()
    for _ in range(20 if sys.argv[2] == "wait" else 1):
        stat = os.fstat(0)
        if os.lseek(0, 0, os.SEEK_CUR) == MARK:
            found.add("where it stands")
        if fcntl.fcntl(0, fcntl.F_GETFL) & (os.O_APPEND | os.O_NONBLOCK):
            found.add("its flags")
        if stat.st_mtime == MARK or stat.st_size == 1 << 20:
            found.add("its times or size")
        time.sleep(0.05)
    print("found " + ", ".join(sorted(found)) if found else "nothing")
