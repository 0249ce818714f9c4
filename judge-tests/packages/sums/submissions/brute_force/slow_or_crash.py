import time

numbers = list(map(int, open(0).read().split()))[1:]
if len(numbers) > 1000:
    while True:
        pass
if len(numbers) > 100:
    raise MemoryError
best = max(sum(numbers[i:j]) for i in range(len(numbers)) for j in range(i + 1, len(numbers) + 1))
print(best, "done")
