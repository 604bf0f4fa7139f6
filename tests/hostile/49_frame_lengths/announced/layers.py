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


def part(asked, size):
    forge.to_all(forge.frame({"type": "part", "id": asked}, b"x" * size))


def part_of_no_question(x):
    part(0, 2**16)


def parts_without_end(x):
    asked = forge.request_id()
    while True:
        part(asked, 2**24)


def part_that_nothing_uses(x):
    part(forge.request_id(), 2**16)
    return 2 * x
