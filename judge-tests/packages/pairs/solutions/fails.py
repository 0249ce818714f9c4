n = int(open("pairs.in").read())
open("pairs.out", "w").write(f"{n // 2} {n - n // 2}")
assert n < 100, "large"
