def one():
    return 1


def terabytes(x):
    return 10**12


def negative(x):
    return -1


def huge(x):
    return 2**200
