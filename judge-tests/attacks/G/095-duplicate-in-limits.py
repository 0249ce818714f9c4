#: intent = "The same limit twice."
#: error = "invalid_request"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace('"memory_bytes": 67108864', '"memory_bytes": 67108864, "memory_bytes": 1'))
