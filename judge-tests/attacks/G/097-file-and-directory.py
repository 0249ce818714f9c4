#: intent = "A file `a`, and a file `a/b`."
#: error = "invalid_request"
from make import good, show

show(good(files={"a": "x", "b": "y"}), lambda text: text.replace('"b"', '"a/b"'))
