print(3.1416 * float(input()) ** 2)
