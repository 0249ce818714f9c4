#: intent = "Products with names that are none: bytes that are no text, line ends, dots, options, 255 letters."
#: control = { run = "python3 -B $SOURCE; [ $(ls -a | wc -l) -gt 6 ] && echo ESCAPED they have these names" }
import os

for name in [b"\xff\xfe.out", b"a\nb.out", b"...out", b"-rf.out", b" .out", b"x" * 251 + b".out", b"\x1b[2J.out"]:
    open(name, "w").close()
open("main", "w").write("#!/usr/bin/sh\necho contained\n")
os.chmod("main", 0o755)
