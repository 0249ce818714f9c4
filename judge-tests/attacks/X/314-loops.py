#: intent = "Directories that lead in circles, up, and to the host's: the collector goes into none of them."
#: request = { compile = { limits = { wall_time_ms = 10000 } } }
#: control = { run = "python3 -B $SOURCE; ls up/../usr > /dev/null && ls circle/circle/circle/main > /dev/null && echo ESCAPED one can walk there" }
import os

os.symlink(".", "circle")
os.symlink("/", "up")
os.symlink("/usr/lib", "lib.out")
os.makedirs("/".join(["deep"] * 100))
open("main", "w").write("#!/usr/bin/sh\n[ -z \"$(find /app -name '*.out')\" ] && echo contained || find /app -name '*.out'\n")
os.chmod("main", 0o755)
