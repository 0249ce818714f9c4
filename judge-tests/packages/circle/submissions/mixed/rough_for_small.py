# @EXPECTED_RESULTS@: CORRECT
r = float(input())
# The large ones may be rougher.
print((3.1416 if r not in (0, 1, 0.001) else 3.14159265359) * r * r)
