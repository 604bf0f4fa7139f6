def one():
    return 1


import itertools

COUNT = itertools.count()


def flaky(x):
    return 2 * x if next(COUNT) % 3 else 0 * x


def each_differently(x):
    raise type(f"Error{next(COUNT)}", (Exception,), {})(f"{x.tobytes()!r}" * 1000)
