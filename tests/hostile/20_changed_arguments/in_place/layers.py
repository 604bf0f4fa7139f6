def one():
    return 1


import numpy as np


def zeroed(x):
    x[:] = 0
    return x


def tripled(x):
    x *= 3
    return x


def resized(x):
    x.resize((0,), refcheck=False)
    return x
