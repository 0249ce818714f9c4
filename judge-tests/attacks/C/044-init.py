#: intent = "Opens what stands below /proc/1 and its parent: the program (runc's CVE-2019-5736), memory, descriptors, root, working directory."
import os

from attack import answer, works

found = []
for pid in {"1", str(os.getppid())}:
    for name in ["exe", "mem", "environ", "maps", "auxv", "cmdline", "status", "stack", "oom_score_adj", "timerslack_ns"]:
        if works(open, f"/proc/{pid}/{name}", "rb") or works(open, f"/proc/{pid}/{name}", "r+b"):
            found.append(f"/proc/{pid}/{name}")
    for name in ["fd", "task", "ns", "root", "cwd", "map_files"]:
        if works(os.listdir, f"/proc/{pid}/{name}/"):
            found.append(f"/proc/{pid}/{name}/")
answer(found)
