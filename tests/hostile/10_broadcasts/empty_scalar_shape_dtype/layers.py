def one():
    return 1


import numpy as np


def empty(x):
    return np.empty(0)


def no_rows(x):
    return np.empty((0, x.size))


def single(x):
    return 2 * x[:1]


def scalar(x):
    return 2 * float(x[0])


def row(x):
    return 2 * x[None, :]


def column(x):
    return 2 * x[:, None]


def whole_numbers(x):
    return (2 * x).astype(np.int64)


def complex_numbers(x):
    return 2 * x + 0j


def booleans(x):
    return np.ones(x.shape, dtype=bool)


def listed(x):
    return [[value] for value in 2 * x]


def repeated(x):
    return np.repeat(2 * x[None, :], 2, axis=0)
