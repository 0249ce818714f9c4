#: intent = "A FIFO as the product: who opens it waits for a writer, for ever."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import os

os.mkfifo("main")
os.mkfifo("a.out")
