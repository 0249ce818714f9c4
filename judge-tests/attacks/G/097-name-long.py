#: intent = "A name of 300 bytes."
#: error = "invalid_request"
from make import good, show

show(good(files={"NAME": "x"}), lambda text: text.replace("NAME", "x" * 300))
