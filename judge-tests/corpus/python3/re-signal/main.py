numbers = [1, 2, 3]
print("hello")
print(numbers[3])
