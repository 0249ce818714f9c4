#: intent = "A product, and directories, that nobody may read: opened up all the same, but nobody may execute it either."
#: verdict = "RE"
#: reason = "exec"
#: control = { bites = "fails", run = "python3 -B $SOURCE; cat main" }
import os

open("main", "w").write("#!/usr/bin/sh\necho contained\n")
os.makedirs("closed/below")
os.chmod("closed", 0)
os.chmod("main", 0)
