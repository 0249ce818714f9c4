import sys

feedback, status, *files = sys.argv[3:]
for file in files:
    name, text = file.split("=", 1)
    with open(feedback + name, "w") as out:
        out.write(text)
sys.exit(int(status))
