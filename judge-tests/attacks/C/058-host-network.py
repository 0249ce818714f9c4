#: intent = "Connects to the host: a port on its loopback, an abstract socket."
#: limits = { cpu_time_ms = 5000, wall_time_ms = 30000 }
import socket

from attack import answer, facts, works

told = facts()


def connect(family, address):
    socket.socket(family).connect(address)


found = []
if works(connect, socket.AF_INET, ("127.0.0.1", int(told["port"]))):
    found.append("the host's loopback")
if works(connect, socket.AF_UNIX, "\0" + told["abstract"]):
    found.append("an abstract socket of the host's")
answer(found)
