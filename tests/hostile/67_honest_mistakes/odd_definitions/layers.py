def one():
    return 1


import functools


class a_class:
    def double(self, x):
        return 2 * x


def generator(x):
    yield 2 * x


async def coroutine(x):
    return 2 * x


partial = functools.partial(pow, 2, 3, 4)


def too_few():
    return 1


def too_many(x, y):
    return 2 * x


def nothing(x):
    2 * x


not_callable = 5


def prints(x):
    print(2 * x)
