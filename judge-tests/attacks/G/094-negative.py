#: intent = "A limit that is no number of bytes: -1"
#: error = "invalid_request"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace("67108864", '-1'))
