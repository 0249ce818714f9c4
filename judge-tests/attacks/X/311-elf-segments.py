#: intent = "A program for the kernel's loader: a segment of 2^46 bytes, and one where the kernel lives."
#: verdict = ["RE", "MLE"]
#: why = "the loader refuses it, or kills it half-way"
#: control = { bites = "fails", run = "python3 -B $SOURCE; python3 -c 'import os; os.execv(\"./main\", [\"x\"])'" }
import os
import struct

header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 2, 0, 0, 0)
segments = struct.pack("<IIQQQQQQ", 1, 7, 0, 0x400000, 0x400000, 0x1000, 1 << 46, 0x1000)
segments += struct.pack("<IIQQQQQQ", 1, 7, 0, 0xFFFF800000000000, 0, 0x1000, 0x1000, 0x1000)
open("main", "wb").write(header + segments)
os.chmod("main", 0o755)
