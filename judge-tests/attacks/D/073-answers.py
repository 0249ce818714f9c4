#: intent = "Looks for the expected output: through its descriptors, by walking up from what they are open on, in the folders of the package."
import os

from attack import answer, facts, works

told = facts()
found = []
for fd in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{fd}"
    for up in ["/..", "/../1.ans", "/../2.ans"]:
        if works(os.stat, path + up):
            found.append(path + up)
folder = os.path.dirname(told["facts"])
try:
    folder = os.path.dirname(os.readlink("/proc/self/fd/0"))
except OSError:
    pass
for name in ["1.ans", "2.ans", "../1.ans"]:
    if works(open, os.path.join(folder, name)):
        found.append(name)
answer(found)
