def one():
    return 1


import numpy as np


def large(x):
    return np.full(3, 1e18)
