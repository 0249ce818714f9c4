word, text = input().split()
# It can't be decoded: the second pass crashes.
print(f"{int(text):b}".replace("0", "a").replace("1", "b"))
int(text)
