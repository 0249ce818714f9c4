import sys

word, feedback = open(sys.argv[1]).read(), sys.argv[3]
print(word, flush=True)
if input() != word + "!":
    sys.exit(43)
open(feedback + "judgemessage.txt", "a").write(word + " ")
if word == "first":
    open(feedback + "nextpass.in", "w").write("second")
sys.exit(42)
