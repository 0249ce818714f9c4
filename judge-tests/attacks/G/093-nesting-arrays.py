#: intent = "Nested arrays, a hundred thousand deep, where a string belongs."
#: error = ["invalid_json", "invalid_request", "too_large"]
#: why = "the reader may give up at its depth, or see before that that nothing of this form is asked for"
from make import good, show

show(good(), lambda text: text[:-1] + ', "args": ' + "[" * 100_000 + "]" * 100_000 + "}")
