#: intent = "The compiler leaves a daemon (83) that swaps its product for a link while it is collected; both are dead by then."
#: verdict = ["CE", "AC"]
#: why = "what stood there when everything was killed is the file or the link; never what the link names"
#: control = { private = true, run = "python3 -B $SOURCE; for i in $(seq 2000); do [ -h main ] && { echo ESCAPED it changes under the collector; break; }; done" }
import ctypes
import os

libc = ctypes.CDLL(None)
open("main", "w").write("#!/usr/bin/sh\necho contained\n")
os.chmod("main", 0o755)
os.symlink("/etc/passwd", "link")
if os.fork() == 0:
    os.setsid()
    os.closerange(0, 3)
    while True:
        libc.renameat2(-100, b"main", -100, b"link", 2)
