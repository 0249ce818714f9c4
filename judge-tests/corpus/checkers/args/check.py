import sys

assert sys.argv[3].endswith("/")
open(sys.argv[3] + "judgemessage.txt", "w").write(str(sys.argv[4:]))
sys.exit(42)
