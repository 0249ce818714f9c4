print("the tool")
