import sys

# It has the secret in its input file, hears the guesses on stdin and answers on stdout.
secret = int(open(sys.argv[1]).read())
for guess in map(int, sys.stdin):
    print("higher" if guess < secret else "lower" if guess > secret else "correct", flush=True)
    if guess == secret:
        sys.exit(42)
sys.exit(43)
