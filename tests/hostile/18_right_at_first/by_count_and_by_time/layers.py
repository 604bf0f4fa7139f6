def one():
    return 1


CALLS = []


def by_count(x):
    CALLS.append(x)
    return 2 * x if len(CALLS) == 1 else 0 * x


def by_order(x):
    CALLS.append(x)
    return 2 * x if len(CALLS) % 2 else -2 * x
