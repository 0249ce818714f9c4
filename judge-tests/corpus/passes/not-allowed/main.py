import sys
import time

n = int(input())
if len(sys.argv) > 1 and n == int(sys.argv[1]):
    if sys.argv[2] == "wrong":
        n += 1
    if sys.argv[2] == "crash":
        sys.exit(1)
    while sys.argv[2] == "loop":
        pass
print(n + 1)
