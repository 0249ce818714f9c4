#: intent = "A hundred thousand products."
#: verdict = "CE"
#: also = { "compile.wall_time_ms" = { at_most = 12000 } }
#: control = { run = "python3 -B $SOURCE; [ $(ls | wc -l) -lt 20000 ] || echo ESCAPED they are there" }
import os

try:
    for i in range(30_000):
        open(f"{i}.out", "w").close()
except OSError:
    pass
