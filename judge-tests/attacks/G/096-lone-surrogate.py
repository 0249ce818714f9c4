#: intent = "Half of a surrogate pair."
#: error = ["invalid_json", "invalid_request"]
#: why = "no text has it: an error of the form, or of the string"
from make import good, show

show(good(), lambda text: text.replace("contained", "\\ud800", 1))
