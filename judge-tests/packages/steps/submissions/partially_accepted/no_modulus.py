n = int(input())
a = b = 1
for _ in range(min(n, 1000) - 1):
    a, b = b, a + b
print(b)
