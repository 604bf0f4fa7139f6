def one():
    return 1


import struct

import forge


def send(control, payload):
    forge.to_all(struct.pack("!II", control, payload) + b"x" * 16)


def largest(x):
    send(0xFFFFFFFF, 0xFFFFFFFF)


def zero(x):
    send(0, 0)


def control_over(x):
    send(2 * 2**20 + 1, 0)


def payload_over(x):
    send(8, 64 * 2**20 + 1)
