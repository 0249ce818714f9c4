import sys
import threading

lines = {"large": b"z" * 10_485_760 + b"\n", "bytes": b"\0\xff NaN 1e999\r\n", "two": b"one\ntwo\n"}
line = lines[sys.argv[4]]


def say():
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


# It speaks and listens at the same time: neither waits for the other.
speaker = threading.Thread(target=say)
speaker.start()
got = sys.stdin.buffer.read()
speaker.join()
sys.exit(42 if got == line else 43)
