pieces = []
for i in range(512):
    pieces.append(bytearray(b"x") * (4 << 20))
print("hello")
