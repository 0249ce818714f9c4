import sys

n = int(sys.stdin.readline())
numbers = list(map(int, sys.stdin.readline().split()))
ok = 1 <= n <= 100_000 and len(numbers) == n and all(abs(x) <= 10**6 for x in numbers) and not sys.stdin.read()
sys.exit(42 if ok else 43)
