def one():
    return 1


import time


def late(x):
    time.sleep(2.1)
    return 2 * x
