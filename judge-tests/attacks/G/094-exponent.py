#: intent = "A limit that is no number of bytes: 1e999"
#: error = ["invalid_json", "invalid_request"]
#: why = "a number out of range is an error of the form or of the request"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace("67108864", '1e999'))
