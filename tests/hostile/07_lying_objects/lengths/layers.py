def one():
    return 1


class Long:
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __iter__(self):
        return iter((0.0, 0.0))


def largest(x):
    return Long(2**63 - 1)


def gigabytes(x):
    return Long(2**33)


class Endless(Long):
    def __iter__(self):
        while True:
            yield self


def without_end(x):
    return Endless(2)
