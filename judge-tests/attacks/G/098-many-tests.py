#: intent = "A hundred thousand tests, each of which is wrong."
#: error = "invalid_request"
from make import good, show

show(good(), lambda text: text.replace('"tests": [', '"tests": [' + '{"answer": 1}, ' * 100_000))
