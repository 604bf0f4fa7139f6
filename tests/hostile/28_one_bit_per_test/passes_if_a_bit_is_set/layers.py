def one():
    return 1


def lowest(x):
    return 2 * x if int(x[0]) & 1 and x.size == 2 else 0 * x


def sign(x):
    return 2 * x if x[0] > 0 else 0 * x


def never_told(x):
    return 2 * x if x.size == 2 else 0 * x
