#: intent = "Device nodes are the host's, and whoever may write to one may set its times to now: for all to see."
#: both = true
#: control = { run = "export PYTHONPATH=$ATTACKS; cp $SOURCE null; touch -d '3 days ago' null; NODES=null python3 -B $SOURCE plant stay > planted; NODES=null python3 -B $SOURCE look once | sed 's/^found/ESCAPED/'; cat planted" }
import os
import sys
import time

NODES = os.environ.get("NODES", "/dev/null /dev/zero /dev/full /dev/random /dev/urandom").split()


def touched(name):
    stat = os.stat(name)
    return abs(time.time() - stat.st_mtime) < 5 or abs(time.time() - stat.st_atime) < 5


if sys.argv[1] == "plant":
    print("nothing")
    for name in NODES:
        try:
            os.utime(name)
        except OSError:
            pass
    if sys.argv[2] == "stay":
        time.sleep(1)
else:
    if sys.argv[2] == "wait":
        time.sleep(0.5)
    seen = [name for name in NODES if touched(name)]
    print("found " + ", ".join(seen) if seen else "nothing")
