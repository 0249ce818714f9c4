#: intent = "The compiler leaves a link to a host's file as its product."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import os

os.symlink("/etc/hostname", "main")
