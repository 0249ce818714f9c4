print("the other")
