#: intent = "A directory as the product, with a program in it."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import os

os.mkdir("main")
open("main/main", "w").write("#!/usr/bin/sh\necho contained\n")
