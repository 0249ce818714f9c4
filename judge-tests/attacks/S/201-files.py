#: intent = "A file in every place that can be written to: the box, /tmp, /dev/shm, the program's folder, the home directory."
import os
import sys

places = [".", "/tmp", "/dev/shm", "/app", "/dev/mqueue", "/var/tmp", "/run/lock", "/dev", "/etc", os.path.expanduser("~")]
names = [os.path.join(place, "planted-by-attack-201") for place in places]
found = []
for name in names:
    try:
        if sys.argv[1] == "plant":
            open(name, "w").close()
        elif os.path.exists(name):
            found.append(name)
            os.remove(name)
    except OSError:
        pass
print("found " + " ".join(found) if found else "nothing")
