def one():
    return 1


def double(x):
    return 0 * x
