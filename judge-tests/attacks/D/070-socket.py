#: intent = "Its output file is a socket."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
#: test = { capture_files = ["out.txt"] }
import os
import socket

from attack import is_control

socket.socket(socket.AF_UNIX).bind("out.txt")
if is_control():
    print("ESCAPED there is no file to be read at out.txt")
