import os
import sys

# Each pass: the input is a number, the output must be one more, and becomes the next input; state is kept in the
# feedback directory.
number = int(open(sys.argv[1]).read())
feedback, passes, how = sys.argv[3:6]
state = feedback + "dir/state"
os.makedirs(feedback + "dir", exist_ok=True)
done = int(open(state).read()) if os.path.exists(state) else 0
open(state, "w").write(str(done + 1))
assert not os.path.exists(feedback + "nextpass.in")
got = int(sys.stdin.read())
with open(feedback + "judgemessage.txt", "a") as message:
    message.write(f"{number} gave {got}. ")
if got != number + 1:
    sys.exit(43)
if done + 1 < int(passes):
    if how == "link":
        open(feedback + "real", "w").write(str(got))
        os.symlink("real", feedback + "nextpass.in")
    else:
        open(feedback + "nextpass.in", "w").write(str(got))
    if how == "reject":
        sys.exit(43)
    if how == "exit":
        sys.exit(1)
sys.exit(42)
