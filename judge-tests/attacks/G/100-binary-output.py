#: intent = "Output that is no UTF-8, with everything JSON would have to escape."
#: verdict = "WA"
from make import good, show

show(good(source="echo contained"), lambda text: text.replace("echo contained", r"printf '\\xff\\xfe\\0\\\"\\n\\xed\\xa0\\x80' >&2; printf '\\x80\\0\\\"'; exit 0"))
