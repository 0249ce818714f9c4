#: intent = "A limit that is no number of bytes: NaN"
#: error = "invalid_json"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace("67108864", 'NaN'))
