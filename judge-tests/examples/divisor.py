import sys

# Any divisor but 1 and the number itself will do.
number = int(open(sys.argv[1]).read())
feedback = sys.argv[3]
try:
    divisor = int(sys.stdin.read())
except ValueError:
    open(feedback + "teammessage.txt", "w").write("that is not a number")
    sys.exit(43)
open(feedback + "judgemessage.txt", "w").write(f"{number} % {divisor}")
sys.exit(42 if 1 < divisor < number and number % divisor == 0 else 43)
