import os
import sys

# The input is another one in the second pass; the answer is the same.
number = open(sys.argv[2]).read().strip()
feedback = sys.argv[3]
output = sys.stdin.read().split()
# What is in the feedback directory stays there from pass to pass.
first = not os.path.exists(feedback + "encoded")


def wrong(message):
    with open(feedback + "judgemessage.txt", "a") as file:
        print(message, file=file)
    sys.exit(43)


if len(output) != 1:
    wrong(f"{len(output)} words instead of one")
if first:
    if len(output[0]) > 40 or set(output[0]) - set("ab"):
        wrong("encoded with other letters, or with too many")
    open(feedback + "encoded", "w").close()
    with open(feedback + "nextpass.in", "w") as file:
        print("decode", output[0], file=file)
elif output[0] != number:
    wrong(f"decoded as {output[0][:20]} instead of {number}")
sys.exit(42)
