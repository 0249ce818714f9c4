#: intent = "A request larger than the judge takes."
#: error = "too_large"
from make import good, show

show(good(), lambda text: text[:-1] + ', "labels": {"x": "' + "x" * (65 << 20) + '"}}')
