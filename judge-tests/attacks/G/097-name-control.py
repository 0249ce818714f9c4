#: intent = "A file's name that leads out of the box, or is none (control)."
#: error = "invalid_request"
from make import good, show

show(good(tests=[{"files": {"NAME": "x"}, "answer": "contained\n"}]), lambda text: text.replace("NAME", r'a\nb'))
