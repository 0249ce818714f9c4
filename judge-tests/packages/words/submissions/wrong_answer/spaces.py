print(open(0).read().count(" ") + 1)
