#: intent = "A name of a thousand directories."
#: error = "invalid_request"
from make import good, show

show(good(files={"NAME": "x"}), lambda text: text.replace("NAME", "x/" * 1000 + "x"))
