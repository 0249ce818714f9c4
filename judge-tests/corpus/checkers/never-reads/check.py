import sys

count = 0
if sys.argv[4] != "0":
    while block := sys.stdin.buffer.read(1 << 20):
        count += len(block)
open(sys.argv[3] + "judgemessage.txt", "w").write(f"read {count}")
sys.exit(42)
