def one():
    return 1



def raising(**methods):
    raise type("Liar", (Exception,), methods)()


def fails(_):
    raise ValueError


def exits(_):
    raise SystemExit(0)


def text_raises(x):
    raising(__str__=fails, __repr__=fails)


def text_exits(x):
    raising(__str__=exits)


def text_recurses(x):
    raising(__str__=lambda self: str(self))


def text_is_huge(x):
    raise ValueError("x" * 10**7)


def class_lies(x):
    raise type("Passed" * 1000, (Exception,), {"__class__": property(lambda _: SystemExit)})()


def chain(x):
    error = ValueError("0")
    for number in range(10_000):
        following = ValueError(str(number))
        following.__cause__ = error
        error = following
    raise error
