#: intent = "A product of 60 MB of nothing: it takes no room in the box, and what is made of it is no program."
#: verdict = "RE"
#: also = { "tests.0.reason" = "exec" }
#: control = { bites = "fails", run = "python3 -B $SOURCE; chmod +x main; exec ./main" }
import os

with open("main", "w") as f:
    f.truncate(60_000_000)
os.chmod("main", 0o755)
