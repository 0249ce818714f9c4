import sys

n, *numbers = map(int, sys.stdin.read().split())
sys.exit(42 if 1 <= n <= 2000 and len(numbers) == n and len(set(numbers)) == n else 43)
