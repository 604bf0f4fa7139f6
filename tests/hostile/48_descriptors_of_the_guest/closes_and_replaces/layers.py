def one():
    return 1


import os
import socket
import sys

import forge


def closes(x):
    os.closerange(0, 256)


def replaces(x):
    null = os.open("/dev/null", os.O_RDWR)
    for fd in forge.sockets():
        os.dup2(null, fd)


def no_stdout(x):
    sys.stdout = sys.stderr = None


def closed_stdout(x):
    sys.stdout.close()
    os.close(2)


def shuts(x):
    for fd in forge.sockets():
        socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
