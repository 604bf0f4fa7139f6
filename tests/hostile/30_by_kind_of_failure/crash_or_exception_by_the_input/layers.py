def one():
    return 1


import os

import forge


def crash(x):
    if x.size == 2:
        os._exit(0)
    return 2 * x


def raising(x):
    if x.size == 2:
        raise ValueError
    return 2 * x


def garbage(x):
    if x.size == 2:
        forge.to_all(b"x" * 64)
    return 2 * x
