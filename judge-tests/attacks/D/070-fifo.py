#: intent = "Its output file is a FIFO: who opens it waits for ever."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
#: test = { capture_files = ["out.txt"] }
import os

from attack import is_control, works

# In the sandbox there is not even a call for it.
works(os.mkfifo, "out.txt")
if is_control():
    print("ESCAPED there is no file to be read at out.txt")
