import sys

sys.exit(42 if 2 <= int(sys.stdin.read()) <= {{most}} else 43)
