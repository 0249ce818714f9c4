r = float(input())
while r > 1:
    pass
print(3.1415926535898 * r * r)
