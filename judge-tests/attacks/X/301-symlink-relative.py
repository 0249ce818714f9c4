#: intent = "A link that leads up, out of the box, by way of the compiler's own /proc."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import os

os.symlink("/proc/self/root/../../../../etc/passwd", "main")
