#: intent = "A script whose interpreter line has no end."
#: verdict = "RE"
#: control = { bites = "fails", run = "python3 -B $SOURCE; python3 -c 'import os; os.execv(\"./main\", [\"x\"])'" }
import os

open("main", "w").write("#!" + "/x" * 1_000_000)
os.chmod("main", 0o755)
