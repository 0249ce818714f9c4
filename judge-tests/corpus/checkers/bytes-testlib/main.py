import sys

if len(sys.argv) > 1:
    sys.stdout.write("z" * int(sys.argv[1]) + "\n")
else:
    sys.stdout.buffer.write(sys.stdin.buffer.read())
