#: intent = "Leaves a mark on whatever can be reached and is not its own: times, mode, owner, attributes, links, names; of places, programs, device nodes."
#: control = { run = "mkdir place; touch place/file; PYTHONPATH=$ATTACKS PLACES='place place/file' python3 -B $SOURCE" }
import os

from attack import answer, works

PLACES = os.environ.get("PLACES", "/ /usr /usr/bin/env /etc /etc/passwd /app /app/main.py /proc /proc/self /proc/self/fd/0 /dev /dev/null /dev/full /dev/zero /dev/urandom")
found = []
for place in PLACES.split():
    marks = {
        "times": lambda: os.utime(place),
        "mode": lambda: os.chmod(place, 0o777),
        "owner": lambda: os.chown(place, -1, os.getgid()),
        "attribute": lambda: os.setxattr(place, "user.mark", b"1"),
        "entry": lambda: os.mkfifo(place + "/mark"),
        "link": lambda: os.link(place, "/box/mark"),
        "name": lambda: os.rename(place, place + "-mark"),
    }
    found += [f"{what} of {place}" for what, mark in marks.items() if works(mark)]
answer(found)
