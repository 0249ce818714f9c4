#: intent = "A product with two names: who writes to the other one changes it afterwards."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ $(stat -c %h main) = 1 ] || echo ESCAPED it has a second name" }
import os

open("other", "w").write("#!/usr/bin/sh\necho contained\n")
os.chmod("other", 0o755)
os.link("other", "main")
