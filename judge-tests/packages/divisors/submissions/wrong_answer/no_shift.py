n = int(input())
d = next((d for d in range(2, n) if n % d == 0), None)
print(f"{d} {n // d}" if d else "impossible")
