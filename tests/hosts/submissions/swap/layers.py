"""Holds a little more than the memory limit: it fits only where the sandbox may swap."""

import mmap


def softmax(x):
    pages = mmap.mmap(-1, 300 * 2**20)
    for place in range(0, len(pages), 4096):
        pages[place] = 1
    return x


def squares(x):
    return x * x
