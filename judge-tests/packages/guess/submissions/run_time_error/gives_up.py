import sys

print(500, flush=True)
sys.exit(0 if input() == "correct" else 1)
