import os
import signal
import socket
import sys
import time


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def end(how):
    if how == "exit":
        sys.exit(1)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "sleep":
        time.sleep(60)
    while how == "loop":
        pass
    while how == "flood":
        os.write(1, b"y" * 65536)
    if how == "close-loop":
        os.close(1)
        end("loop")
    if how == "memory":
        end(bytearray(b"x") * (512 << 20) and "exit")
    if how.startswith("say:"):
        for _ in range(int(how[4:]) // 1000):
            os.write(1, b"y" * 1000)


# In turn: hear a line, wait for the end of input (and die of it, or not), say something, end in some way.
for step in sys.argv[1:]:
    if step == "hear":
        if not sys.stdin.readline():
            sys.exit(5)
    elif step == "eof":
        sys.stdin.read()
    elif step == "hello":
        say("hello\n")
    elif step == "flight":
        # stdout stays open in a message that nobody will ever read, on sockets that only it refers to.
        ends = socket.socketpair()
        try:
            socket.send_fds(ends[0], [b"x"], [1, ends[0].fileno(), ends[1].fileno()])
        except OSError:
            pass
    elif step == "pause":
        time.sleep(0.3)
    else:
        end(step)
