import sys


def end(status, message, multiplier=None):
    with open(sys.argv[3] + "judgemessage.txt", "w") as file:
        print(message, file=file)
    if multiplier is not None:
        with open(sys.argv[3] + "score_multiplier.txt", "w") as file:
            print(multiplier, file=file)
    sys.exit(status)


n, *numbers = map(int, open(sys.argv[1]).read().split())
fewest = int(open(sys.argv[2]).read())
try:
    count, *places = map(int, sys.stdin.read().split())
except ValueError:
    end(43, "not numbers")
if len(places) != 2 * count or any(not 1 <= p <= n for p in places):
    end(43, "not so many swaps, or a place that is none")
for a, b in zip(places[::2], places[1::2]):
    numbers[a - 1], numbers[b - 1] = numbers[b - 1], numbers[a - 1]
if numbers != sorted(numbers):
    end(43, "not sorted")
if "count" not in sys.argv[4:]:
    end(42, f"{count} swaps")
end(42, f"{count} swaps, {fewest} are enough", 1.0 if count <= fewest else 0.5)
