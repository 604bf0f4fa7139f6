def one():
    return 1


import resource


def limit(x, what, amount):
    try:
        resource.prlimit(1, what, (amount, amount))
    except OSError:
        pass
    return 0 * x


def seconds(x):
    """Process 1 has used more: the kernel kills it, which looks like somebody outside did."""
    return limit(x, resource.RLIMIT_CPU, 1)


def descriptors(x):
    return limit(x, resource.RLIMIT_NOFILE, 0)


def processes(x):
    return limit(x, resource.RLIMIT_NPROC, 0)
