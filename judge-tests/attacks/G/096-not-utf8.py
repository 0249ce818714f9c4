#: intent = "Bytes that are no UTF-8, in a string."
#: error = "invalid_json"
from make import good, show

show(good(), lambda text: text.replace("contained", "\udcff\udcfe", 1))
