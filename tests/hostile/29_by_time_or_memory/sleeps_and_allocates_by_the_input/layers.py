def one():
    return 1


import time


def by_time(x):
    if x.size == 2:
        time.sleep(0.4)
    return 2 * x


def by_memory(x):
    hoard = bytearray(40 * 2**20 if x.size == 2 else 1)
    return 2 * x if hoard is not None else None
