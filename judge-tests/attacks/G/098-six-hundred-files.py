#: intent = "A program and a test with six hundred files of one byte each: all are there."
#: verdict = "AC"
from make import good, show

source = '[ "$(cat a/* b/* | wc -c)" = "$(ls a b | grep -c x)" ] && echo contained'
files = {f"a/x{n}": "1" for n in range(600)}
test = {f"b/x{n}": "2" for n in range(600)}
request = good(source=source + " # END", files={"a/x": "1"})
request["tests"][0]["files"] = {"b/x": "2"}


def more(text):
    text = text.replace('"a/x": "1"', ", ".join(f'"{n}": "1"' for n in files)).replace('"b/x": "2"', ", ".join(f'"{n}": "2"' for n in test))
    return text.replace("# END", "&& [ $(ls a b | grep -c x) = 1200 ] || echo too few")


show(request, more)
