#: intent = "Sockets of every family and kind, and what they lead to: netlink, raw and packet sockets, AF_VSOCK, AF_ALG."
import socket

from attack import answer, works

found = []
for family in range(2, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        if works(socket.socket, family, kind):
            found.append(f"family {family}, kind {kind}")
answer(found)
