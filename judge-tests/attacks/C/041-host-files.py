#: intent = "Reads the host's files: the shadow file, the worker's home, the answers of a package, by name and through every file system it sees."
#: limits = { cpu_time_ms = 4000, wall_time_ms = 8000, memory_bytes = 134217728 }
from attack import answer, facts, works

told = facts()
paths = ["/etc/shadow", "/etc/subuid", "/etc/machine-id", "/root", "/home", "/var/lib", told["home"], told["tmp"], told["answers"], told["facts"]]
paths += ["/proc/self/root" + path for path in paths] + ["/proc/thread-self/root" + told["home"]]


def look(path):
    try:
        return open(path, "rb").read(1)
    except IsADirectoryError:
        import os
        return os.listdir(path)


answer([path for path in paths if works(look, path)])
