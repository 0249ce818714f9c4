input()
best = current = -10**18
for x in map(int, input().split()):
    current = max(x, current + x)
    best = max(best, current)
print(best, "done", sep="\n")
