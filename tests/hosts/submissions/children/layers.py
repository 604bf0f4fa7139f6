"""Right, but holds more memory than the sandbox has, in eight children that are small each."""

import os
import time

import numpy as np


def softmax(x):
    for _ in range(8):
        if os.fork() == 0:
            hoard = bytearray(b"x" * 60 * 2**20)
            time.sleep(3)
            os._exit(len(hoard) % 2)
    time.sleep(3)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def squares(x):
    return x * x
