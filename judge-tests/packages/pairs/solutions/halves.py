n = int(open("pairs.in").read())
with open("pairs.out", "w") as file:
    print(n // 2, n - n // 2, file=file)
