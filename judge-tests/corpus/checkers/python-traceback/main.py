print("nothing that is a number")
