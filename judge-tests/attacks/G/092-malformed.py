#: intent = "No JSON at all."
#: error = "invalid_json"
from make import good, show

show(good(), lambda text: "{" + text[1:].replace(":", "=", 1))
