#: intent = "A limit of nothing at all: it is over it"
#: verdict = "MLE"
from make import good, show

show(good(limits={"memory_bytes": 1 << 26}), lambda text: text.replace("67108864", '0'))
