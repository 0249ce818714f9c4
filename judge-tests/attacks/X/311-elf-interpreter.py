#: intent = "A program whose interpreter is its stdin, a file of the host's: read, and refused, as the loader would any other."
#: verdict = "RE"
#: control = { bites = "fails", run = "python3 -B $SOURCE; python3 -c 'import os; os.execv(\"./main\", [\"x\"])'" }
import os
import struct

name = b"/proc/self/fd/0\0"
header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 2, 0, 0, 0)
segments = struct.pack("<IIQQQQQQ", 3, 4, 176, 0x4000B0, 0, len(name), len(name), 1)
segments += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0, 0x1000, 0x1000, 0x1000)
open("main", "wb").write((header + segments + name).ljust(4096, b"\0"))
os.chmod("main", 0o755)
