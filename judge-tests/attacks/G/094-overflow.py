#: intent = "A limit that is no number of bytes: 18446744073709551616"
#: error = ["invalid_json", "invalid_request"]
#: why = "a number out of range is an error of the form or of the request"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace("67108864", '18446744073709551616'))
