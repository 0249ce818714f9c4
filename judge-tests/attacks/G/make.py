# Prints a request: `bad`, with something wrong in it, or `good`, the same one before that. The good one must be judged AC: so
# it is the damage that is refused, and nothing else.
import json
import sys


def good(**more):
    request = {"id": "bad", "language": "bash", "source": "echo contained", "tests": [{"answer": "contained\n"}]}
    return request | more


def show(request, damage):
    text = json.dumps(request)
    if sys.argv[1] == "bad":
        text = damage(text)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
