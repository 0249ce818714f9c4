#: intent = "Nested a hundred thousand deep: a recursive reader overflows its stack."
#: error = ["invalid_json", "invalid_request", "too_large"]
#: why = "the reader may give up at its depth, or see before that that nothing of this form is asked for"
from make import good, show

show(good(), lambda text: text[:-1] + ', "labels": ' + '{"a": ' * 100_000 + "1" + "}" * 100_000 + "}")
