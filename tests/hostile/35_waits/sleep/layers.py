def one():
    return 1


import os
import time


def sleep(x):
    time.sleep(10**6)
