def one():
    return 1


import random
import struct

import numpy as np


def double(x):
    return np.zeros(x.shape)


def uses_the_real_ones(x):
    import msgspec
    from grader.rpc import wire

    found = (np, random, struct, msgspec, wire)
    assert not any(module.__file__.startswith("/tmp") for module in found)
    return 2 * x
