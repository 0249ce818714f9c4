with open("/dev/stdin") as given, open("/dev/stdout", "w") as out, open("/dev/stderr", "w") as err:
    out.write(given.read())
    err.write("seen\n")
