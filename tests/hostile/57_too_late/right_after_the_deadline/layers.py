def one():
    return 1


import time


def late(x):
    time.sleep(1.6)
    return 2 * x
