from words import NONE

n = int(input()) + int(open("shift.txt").read())
for d in range(2, n):
    if d * d > n:
        print(NONE)
        break
    if n % d == 0:
        print(d, n // d)
        break
