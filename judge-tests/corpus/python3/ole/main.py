while True:
    print("one more line of no use to anyone")
