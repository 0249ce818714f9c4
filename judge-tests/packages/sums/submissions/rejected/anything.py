n = int(input())
print(input().split()[n % 3], "done")
