def one():
    return 1


import array
import os
import socket

import forge


def along(x):
    """Two hundred descriptors on each connection, then the honest answer."""
    null = os.open("/dev/null", os.O_RDONLY)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 200))]
    for fd in forge.sockets():
        connection = socket.socket(fileno=os.dup(fd))
        connection.sendmsg([forge.frame({"type": "return", "id": 1, "value": 0})], rights)
    return 0 * x


def in_a_circle(x):
    """Pairs that hold each other and nobody else: garbage of the kernel's."""
    for _ in range(50):
        one, other = socket.socketpair()
        socket.send_fds(one, [b"x"], [other.fileno()])
        socket.send_fds(other, [b"x"], [one.fileno()])
        one.close()
        other.close()
    return 0 * x
