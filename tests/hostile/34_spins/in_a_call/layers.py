def one():
    return 1


def python(x):
    while True:
        pass


def in_c(x):
    return sum(range(10**15))
