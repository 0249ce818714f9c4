#: intent = "Its output file is a directory."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
#: test = { capture_files = ["out.txt"] }
import os

from attack import is_control

os.mkdir("out.txt")
if is_control():
    print("ESCAPED there is no file to be read at out.txt")
