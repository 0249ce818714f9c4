#: intent = "Overwrites its sources and what else it was given: /app has them as they came."
#: control = { run = "cp $SOURCE plant.py; python3 -B plant.py; grep -q planted plant.py && echo ESCAPED they are changed" }
import os

open("plant.py", "w").write("planted")
open("main", "w").write("#!/usr/bin/sh\ngrep -q intent /app/plant.py && echo contained || echo ESCAPED\n")
os.chmod("main", 0o755)
