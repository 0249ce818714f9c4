#: intent = "Its output file is the way to a device without an end."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
#: test = { capture_files = ["out.txt"] }
import os

from attack import is_control

os.symlink("/dev/zero", "out.txt")
if is_control():
    print("ESCAPED there is no file to be read at out.txt")
