import sys

word, number = sys.stdin.read().split()
sys.exit(42 if word == "encode" and 0 <= int(number) <= 10**9 else 43)
