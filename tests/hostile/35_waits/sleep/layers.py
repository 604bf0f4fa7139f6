def one():
    return 1


import os
import time


def sleep(x):
    time.sleep(10**6)


def reads_input(x):
    return input()


def reads_descriptor(x):
    return os.read(0, 100)
