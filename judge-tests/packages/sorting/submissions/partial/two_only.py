n = int(input())
a = list(map(int, input().split()))
print("1\n1 2" if a[0] > a[1] else "0")
