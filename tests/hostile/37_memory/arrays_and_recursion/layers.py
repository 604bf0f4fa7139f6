def one():
    return 1


import numpy as np


def announced(x):
    return np.zeros(10**11)


def touched(x):
    return np.ones(10**11)


def recursion(x):
    return recursion(x)


def many_dims(x):
    return np.broadcast_to(x, (10**4, 10**4, x.size)).copy()
