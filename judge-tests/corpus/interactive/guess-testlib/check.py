import sys

guesses = open(sys.argv[2]).read().split()
print("guesses:", *guesses, file=sys.stderr)
sys.exit(0 if len(guesses) <= int(sys.argv[4]) else 1)
