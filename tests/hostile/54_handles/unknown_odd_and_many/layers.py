def one():
    return 1


import forge


def unknown(x):
    forge.answer([9, 2**62, "numpy.ndarray"])


def negative(x):
    forge.answer([9, -1, "x"])


def by_text(x):
    forge.answer([9, "1", "x"])


def nested(x):
    forge.answer([0, [9, 1, "x"], [9, 1, "x"]])


def many(x):
    forge.answer([0, *([9, 1, "x"] for _ in range(300_000))])


def cyclic(x):
    loop = []
    loop.append(loop)
    return loop


def long_name(x):
    forge.answer([9, 1, "\x1b[2J" * 100_000])
