def one():
    return 1


import os
import time


def children(x):
    for _ in range(200):
        if os.fork() == 0:
            hoard = bytearray(50 * 2**20)
            time.sleep(len(hoard))
    time.sleep(60)
