def one():
    return 1


import struct
import time

import forge

BEGUN = struct.pack("!II", 10**6, 64 * 2**20) + b"x" * 1000


def drips(x):
    forge.to_all(BEGUN)
    while True:
        forge.to_all(b"x")
        time.sleep(0.1)
