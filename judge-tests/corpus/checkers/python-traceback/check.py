import sys

print(sys.argv[9])
