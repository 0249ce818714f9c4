#: intent = "An output file, and a file to be captured, outside the box."
#: error = "invalid_request"
from make import good, show

show(good(tests=[{"answer": "contained\n", "capture_files": ["NAME"]}]), lambda text: text.replace("NAME", "../../etc/passwd"))
