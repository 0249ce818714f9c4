import sys


def end(status, message):
    with open(sys.argv[3] + "judgemessage.txt", "a") as file:
        print(message, file=file)
    sys.exit(status)


secret = int(open(sys.argv[1]).read())
for turn in range(1, 11):
    line = sys.stdin.readline()
    if not line:
        end(43, f"no guess {turn}")
    try:
        guess = int(line)
    except ValueError:
        end(43, f"guess {turn} is no number: {line[:20]!r}")
    if guess == secret:
        try:
            print("correct", flush=True)
        except BrokenPipeError:
            pass
        end(42, f"{turn} guesses")
    try:
        print("lower" if secret < guess else "higher", flush=True)
    except BrokenPipeError:
        end(43, f"gone after guess {turn}")
end(43, "too many guesses")
