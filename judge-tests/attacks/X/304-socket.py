#: intent = "A socket as the product."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import socket

socket.socket(socket.AF_UNIX).bind("main")
