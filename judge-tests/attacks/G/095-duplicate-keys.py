#: intent = "The same key twice: two readers see two requests."
#: error = "invalid_request"
from make import good, show

show(good(), lambda text: text[:-1] + ', "language": "python3"}')
