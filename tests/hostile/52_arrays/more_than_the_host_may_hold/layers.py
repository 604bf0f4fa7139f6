def one():
    return 1


import numpy as np

LARGE = np.ones(8 * 2**20)


def large(x):
    return LARGE
