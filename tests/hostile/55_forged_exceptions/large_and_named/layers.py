def one():
    return 1


import struct

import forge


def send(**fields):
    reply = {"type": "raise", "id": forge.request_id(), "type_name": "E", "message": "", **fields}
    forge.to_all(forge.frame(reply))


def huge(x):
    forge.to_all(struct.pack("!II", 100 * 2**20, 0) + b"x" * 10**6)


def system_exit(x):
    send(type_name="SystemExit", message="0")


def places(x):
    send(frames=[["/etc/passwd", -1, "root", "x"], ["../../grader/rpc/host.py", 10**9, "", ""]])


def memory(x):
    send(type_name="MemoryError")


def many_lines(x):
    send(frames=[["f", 1, "g", "s"]] * 100_000)


def markup(x):
    send(type_name="<b>" * 1000, message="\x1b[2J\n" * 1000)
