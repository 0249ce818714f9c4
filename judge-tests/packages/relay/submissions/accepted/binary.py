word, text = input().split()
if word == "encode":
    print(f"{int(text):b}".replace("0", "a").replace("1", "b"))
else:
    print(int(text.replace("a", "0").replace("b", "1"), 2))
