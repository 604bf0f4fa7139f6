def one():
    return 1


import numpy as np


def masked(x):
    return np.ma.masked_all(x.shape)


def matrix(x):
    return np.matrix(2 * x)


def record(x):
    return np.rec.array(2 * x)


class Yes:
    def __eq__(self, other):
        return True

    __hash__ = object.__hash__

    def __sub__(self, other):
        return 0.0


def objects(x):
    return np.array([Yes() for _ in x], dtype=object)


def zero_d(x):
    return np.array(2 * x[0])


def text(x):
    return np.array([str(2 * v) for v in x])


def structured(x):
    return np.zeros(x.shape, dtype="f8,f8")


def memory(x):
    return memoryview(2 * x)
