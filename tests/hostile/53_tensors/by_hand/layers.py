def one():
    return 1


import forge
from grader.rpc import values

TENSOR = int(values.Tag.TENSOR)


def send(kind, shape, payload):
    forge.answer([TENSOR, kind, shape], payload)


def minus_one(x):
    send("float64", [-1], bytes(8))


def huge(x):
    send("uint8", [2**63 - 1], bytes(8))


def short(x):
    send("bfloat16", [3], bytes(5))


def odd_kind(x):
    send("qint8", [1], bytes(1))


def overflow(x):
    send("uint8", [2**32, 2**32], bytes(8))
