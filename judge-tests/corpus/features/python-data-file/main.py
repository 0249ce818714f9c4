with open("data.txt") as data:
    table = dict(line.split() for line in data)
print(table[input()])
