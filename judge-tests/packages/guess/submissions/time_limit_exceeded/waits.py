low, high = 1, 1000
while True:
    middle = (low + high) // 2
    if middle > 995:
        # It reads first, as the validator does: both wait.
        input()
    print(middle, flush=True)
    answer = input()
    if answer == "correct":
        break
    low, high = (low, middle - 1) if answer == "lower" else (middle + 1, high)
