word, text = input().split()
print("a" * min(int(text), 50) or "b" if word == "encode" else len(text) if text != "b" else 0)
