#: intent = "The network's counters (/proc/self/net), which count what was tried in vain: they belong to the namespace, not to the run."
#: both = true
import os
import socket
import sys
import time


def counters():
    # Ip: … OutNoRoutes, Icmp, Udp: NoPorts.
    try:
        lines = open("/proc/self/net/snmp").read().splitlines()
    except OSError:
        return 0
    return sum(int(word) for line in lines for word in line.split()[1:] if word.isdigit() and line[:3] in ("Ip:", "Udp", "Icm"))


def count():
    for address in [("127.0.0.1", 9), ("1.2.3.4", 9)]:
        for _ in range(1000):
            try:
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", address)
            except OSError:
                pass


if sys.argv[1] == "plant":
    time.sleep(0.3 if sys.argv[2] == "stay" else 0)
    count()
    print("nothing")
else:
    before = counters() if sys.argv[2] == "wait" else 0
    time.sleep(1 if sys.argv[2] == "wait" else 0)
    print("found the counters changed" if counters() - before > 1000 else "nothing")
