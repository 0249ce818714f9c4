#: intent = "Its output file has a second name, of a file that is not its own to read: /proc, /usr, stdin."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
import os

from attack import facts, is_control, works

linked = [path for path in ["/proc/self/fd/0", "/etc/passwd", "/usr/lib/os-release", facts()["tmp"]] if works(os.link, path, "out.txt")]
# A link of its own, where none of the host's was to be had.
if not linked:
    open("own", "w").write("contained\n")
    os.link("own", "out.txt")
if is_control():
    # The canary's folder and this one are on one file system: the link is made by the name.
    print("ESCAPED", os.stat("out.txt").st_nlink, "names")
