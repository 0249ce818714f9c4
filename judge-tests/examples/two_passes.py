import os
import sys

# What the first pass makes of the word is all that the second gets.
feedback = sys.argv[3]
told = sys.stdin.read().strip()
if not os.path.exists(feedback + "word"):
    open(feedback + "word", "w").write(open(sys.argv[1]).read().strip())
    open(feedback + "nextpass.in", "w").write("find " + told)
    sys.exit(42)
sys.exit(42 if told == open(feedback + "word").read() else 43)
