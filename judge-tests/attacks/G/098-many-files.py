#: intent = "Twenty thousand files: more than a box has room for."
#: error = "invalid_request"
from make import good, show

show(good(files={"a": "x"}), lambda text: text.replace('"a": "x"', ", ".join(f'"d/{n}": "x"' for n in range(20_000))))
