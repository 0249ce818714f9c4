import sys

for _ in range(512):
    sys.stdout.write("y" * 65536)
