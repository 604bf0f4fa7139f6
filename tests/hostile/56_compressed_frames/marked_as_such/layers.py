def one():
    return 1


import zlib

import forge


def deflated(x):
    forge.to_all(forge.raw(zlib.compress(bytes(10**7))))


def payload(x):
    packed = zlib.compress(bytes(8 * 10**6))
    forge.answer([7, "float64", [10**6]], packed)
