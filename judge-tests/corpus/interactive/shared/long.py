import sys

# Says what it hears, and says it again.
data = sys.stdin.buffer.readline()
sys.stdout.buffer.write(data)
sys.stdout.buffer.flush()
