"""Starts a hundred children, more than the sandbox takes."""

import os
import signal


def softmax(x):
    for _ in range(100):
        if os.fork() == 0:
            signal.pause()
    return x


def squares(x):
    return x * x
