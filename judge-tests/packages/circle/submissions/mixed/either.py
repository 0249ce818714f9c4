# @EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT
r = float(input())
while r > 1:
    pass
print(3.14159265 * r * r if r != 0.5 else "half")
