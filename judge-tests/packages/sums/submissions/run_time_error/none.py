numbers = list(map(int, open(0).read().split()))[1:]
best = numbers[0]
for i in range(len(numbers)):
    current = 0
    if len(numbers) > 150:
        current = numbers[len(numbers) + i]
    for x in numbers[i:]:
        current += x
        best = max(best, current)
print(best, "done")
