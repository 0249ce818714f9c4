n = int(input())
a = list(map(int, input().split()))
swaps = []
for i in range(n):
    j = a.index(min(a[i:]))
    if i != j:
        swaps.append((i + 1, j + 1))
        a[i], a[j] = a[j], a[i]
print(len(swaps))
for swap in swaps:
    print(*swap)
