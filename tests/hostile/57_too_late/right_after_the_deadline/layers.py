def one():
    return 1


import time


def late(x):
    time.sleep(8.5)  # a machine without a moment's rest stretches the limit to 8 s
    return 2 * x
