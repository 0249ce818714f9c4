#: intent = "Uses its own streams the wrong way round: reads stdout and stderr, writes to stdin, makes them packets, fills them and stays."
import os

from attack import answer, is_control, works

found = []
if works(os.write, 0, b"x"):
    found.append("stdin can be written to")
for fd in (1, 2):
    if works(os.open, f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK):
        found.append(f"descriptor {fd} can be opened for reading")
answer(found)
