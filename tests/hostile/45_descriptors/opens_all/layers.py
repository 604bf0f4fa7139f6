def one():
    return 1


import os
import socket

KEPT = []


def files(x):
    while True:
        KEPT.append(open("/etc/passwd"))


def sockets(x):
    while True:
        KEPT.append(socket.socket(socket.AF_UNIX))


def pipes(x):
    while True:
        ends = os.pipe()
        os.set_blocking(ends[1], False)
        os.write(ends[1], bytes(65536))
        KEPT.append(ends)


def connections(x):
    while True:
        mine = socket.socket(socket.AF_UNIX)
        mine.settimeout(0.2)
        mine.connect("/run/grader/s")
        KEPT.append(mine)
