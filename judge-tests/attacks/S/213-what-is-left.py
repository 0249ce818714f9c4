#: intent = "All else that a process can set and another might read: working directory, umask, priority, affinity, session, terminal, limits."
#: control = { run = "bash -c 'umask 0; ulimit -n 77; cd /; exec python3 -B $SOURCE look once' | sed 's/^found/ESCAPED/'" }
import os
import resource
import sys

if sys.argv[1] == "plant":
    os.mkdir("sub")
    os.chdir("sub")
    os.umask(0)
    os.nice(5)
    try:
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
        sys.exit("it may choose its CPU")
    except OSError:
        pass
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (50, 50))
    print("nothing")
else:
    found = []
    if os.getcwd() != "/box":
        found.append("the working directory")
    if os.umask(0o22) != 0o22:
        found.append("the umask")
    if os.nice(0) != 0:
        found.append("the priority")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] != 64:
        found.append("limits")
    print("found " + ", ".join(found) if found else "nothing")
