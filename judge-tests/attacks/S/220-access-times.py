#: intent = "Who reads a file leaves the time on it: files that runs share, of the program's and of the host's."
#: both = true
#: control = { run = "export PYTHONPATH=$ATTACKS; cp $SOURCE read-me; touch -a -d '3 days ago' read-me; NAMES=read-me python3 -B $SOURCE plant stay > planted; NAMES=read-me python3 -B $SOURCE look once | sed 's/^found/ESCAPED/'; cat planted" }
import os
import sys
import time

# The program's second file, and what no interpreter reads by itself. (The control has one of its own, or its reading would be seen.)
NAMES = os.environ.get("NAMES", f"/app/attack.py /usr/bin/false {os.path.dirname(os.__file__)}/this.py").split()
# In user-mode-linux /usr is of the kernel's host (hostfs): that one's mount writes the time, once a day, whatever is mounted in here.
if any(" - hostfs " in line for line in open("/proc/self/mountinfo")):
    NAMES = [name for name in NAMES if not name.startswith("/usr/")]
RECENT = 20


def recent(name):
    try:
        return time.time() - os.stat(name).st_atime < RECENT
    except OSError:
        return False


if sys.argv[1] == "plant":
    print("nothing")
    before = {name for name in NAMES if recent(name)}
    for name in NAMES:
        try:
            open(name, "rb").read()
        except OSError:
            pass
    if any(recent(name) for name in set(NAMES) - before):
        print("it is seen already")
    if sys.argv[2] == "stay":
        time.sleep(0.5)
else:
    if sys.argv[2] == "wait":
        time.sleep(0.3)
    # What has just been made was not read: the times of its making are the same.
    seen = [name for name in NAMES if recent(name) and os.stat(name).st_atime_ns > os.stat(name).st_ctime_ns]
    print("found " + ", ".join(seen) if seen else "nothing")
