#: intent = "A product that is set-uid, set-gid and sticky: in /app, and in the cache, it is an ordinary program."
#: control = { run = "python3 -B $SOURCE; stat -c %a main | grep -q '^[67]' && echo ESCAPED it keeps its bits" }
import os

open("main", "w").write("#!/usr/bin/sh\n[ \"$(stat -Lc %a /app/main)\" = 755 ] && echo contained || { echo ESCAPED; stat /app/main; }\n")
os.chmod("main", 0o7755)
