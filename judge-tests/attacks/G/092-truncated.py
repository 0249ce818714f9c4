#: intent = "Ends in the middle of a request."
#: error = "invalid_json"
from make import good, show

show(good(), lambda text: text[: len(text) // 2])
