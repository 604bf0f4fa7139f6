def one():
    return 1


import itertools

import forge

SAME_HASH = 2**61 - 1  # integers are hashed modulo this


def integers(x):
    forge.answer([2, *([5, hex(SAME_HASH * n)] for n in range(1, 60_000))])


def tuples(x):
    """-1 and -2 have the same hash, so all of these have, too."""
    several = itertools.islice(itertools.product((-1, -2), repeat=16), 60_000)
    forge.answer([2, *([1, *numbers] for numbers in several)])
