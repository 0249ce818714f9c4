#: intent = "Pipes count for the user, who gets smaller ones when there are many: a dead run's must not count for the next."
#: control = { ulimit = "-n 1024" }
import os
import sys
import time


def hold():
    """As many pipes as the limit of open files has room for, in one more process, and until when it is not waited for."""
    said, says = os.pipe()
    if os.fork() == 0:
        os.closerange(0, said)
        os.setsid()
        try:
            while True:
                os.pipe()
        except OSError:
            os.write(says, b"x")
            time.sleep(1.5)
            os._exit(0)
    os.close(says)
    os.read(said, 1)


if sys.argv[1] == "plant":
    try:
        for _ in range(60):
            hold()
    except OSError:
        pass
    print("nothing")
else:
    import fcntl

    size = fcntl.fcntl(os.pipe()[0], fcntl.F_GETPIPE_SZ)
    print("found a small one" if size < 65536 else "nothing")
